// Linux: the only door to the kernel. Network namespaces, netlink and rtnetlink, sysctls, and the Kernel of the model made
// of them. Never: decide what a node should hold, read configuration, or touch what does not carry our marks (observe and apply).
//
// Namespaces      createNamespace(name), deleteNamespace(name), listNamespaces(prefix?), openNamespace(nameOrPath) -> { fd, close() },
//                 inNamespace(handle | undefined, fn): synchronous, no promise may leave it. For Node's own sockets make the
//                 descriptor inside (socket, bindSocket, listenSocket) and hand it over: server.listen({ fd }), new net.Socket({ fd }).
// Rtnetlink       openRtnetlink(handle?): one socket, synchronous methods, usable from outside the namespace:
//   links         links(), findLink(link), linkIndex(link), addBridge({ name, … }), addDummy, addVxlan({ networkIdentifier, port, local }),
//                 addVethPair({ name, peer, peerNamespace?: handle, … }), setLink(link, { isUp, mtuBytes, master, … }),
//                 deleteLink(link), await deleteLinkAsync(link), deleteLinkGroup(group). A new link is up unless `isUp: false`;
//                 the peer of a pair is down until it is set up from inside its own namespace.
//   addresses     addresses(), addAddress(link, address, length, { protocol?, noPrefixRoute? }), deleteAddress(link, address, length)
//   routes        routes(family, table?, protocol?), addRoute({ to, via?, link?, onlink?, hops?, nextHopId?, type?, source?, table?, metric?,
//                 protocol? }), replaceRoute(same), deleteRoute({ to, table?, protocol?, metric? })
//   rules         rules(family), addRule({ family, preference, table, … }), deleteRule(same)
//   next hops     nextHops(), addNextHop({ id, link, via? }), setNextHopGroup({ id, members }), deleteNextHop(id)
//   neighbours    neighbours(family), setNeighbour(link, address, hardwareAddress), deleteNeighbour(link, address),
//                 fdb(link), setFdbEntry(link, hardwareAddress, remote), deleteFdbEntry(link, hardwareAddress, remote)
//                 In all of them `link` is a name or an index. Refusals are thrown: Error with `code` ('EEXIST', codeOf(error)).
// Sysctls         readSysctl(handle, key), readSysctls(handle, keys), writeSysctl(handle, key, value); key: net/ipv4/ip_forward
// Pods            await createPodLink({ host, podNamespace, hostName, … }), await deletePodLink(host, hostName), podHasInterface
// Sockets         openTcpSocket(handle, family), openTcpListener(handle, family): descriptors for Node; openEchoSocket({ namespace, family, … })
// Kernel          await openKernel({ namespace?, privateKeys, wireguardSockets?, log? }): the Kernel of the model, and which `wireguard` it has;
//                 observe, apply and watch as src/model/kernel.ts says. openMemoryKernel(…): the same without a machine
// Netlink         openNetlinkSocket({ protocol?, namespace? }), openMonitor({ protocol?, namespace?, groups, onMessage, onOverrun });
//                 messages by message(type, flags, { header: struct(…), attributes: table(…) }, header, attributes)
export { ECHO_HEADER_BYTES, type EchoAnswer, type EchoSocket, openEchoSocket } from './echo-socket.ts'
export { type KernelOptions, type LinuxKernel, openKernel } from './kernel.ts'
export * from './libc.ts'
export { type MemoryKernel, type MemoryKernelOptions, openMemoryKernel } from './memory-kernel.ts'
export * from './namespace.ts'
export { NETLINK_GENERIC, NETLINK_NETFILTER, NETLINK_ROUTE } from './netlink/descriptor.ts'
export { attributesOf, headerOf, type Layout, type Message, message, type Received } from './netlink/message.ts'
export { type Monitor, NFTABLES_GROUP, openMonitor, ROUTE_GROUPS } from './netlink/monitor.ts'
export { type BatchFailure, type NetlinkSocket, openNetlinkSocket } from './netlink/socket.ts'
export { type Nftables, type NftablesError, openNftables } from './nftables/libnftables.ts'
export { createPodLink, deletePodLink, POD_GATEWAY6, type PodLinkOptions, podHasInterface } from './pod-link.ts'
export type { AddressRecord } from './rtnetlink/address-message.ts'
export type { AddressOptions } from './rtnetlink/address-methods.ts'
export type { AddressGeneration, LinkRecord } from './rtnetlink/link-message.ts'
export type { LinkOptions, SetLinkOptions, VethOptions, VxlanOptions } from './rtnetlink/link-methods.ts'
export type { LinkReference } from './rtnetlink/link-request.ts'
export type { NeighbourRecord } from './rtnetlink/neighbour-message.ts'
export type { NextHopRecord } from './rtnetlink/next-hop-message.ts'
export type { RouteRecord, RouteType } from './rtnetlink/route-message.ts'
export type { RouteHop, RouteOptions } from './rtnetlink/route-methods.ts'
export type { RuleRecord } from './rtnetlink/rule-message.ts'
export { openRtnetlink, type Rtnetlink } from './rtnetlink.ts'
export { openTcpListener, openTcpSocket, openUdpSocket } from './socket.ts'
export { socketAddress } from './socket-address.ts'
export * from './sysctl.ts'
export { codeOf, errnoName, type SystemError, systemError } from './system-error.ts'
