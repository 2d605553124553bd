// Linux: the only door to the kernel. Network namespaces, netlink and rtnetlink, sysctls, and the Kernel of the model made
// of them. Never: decide what a node should hold, read configuration, or touch what does not carry our marks (observe and apply).
//
// Namespaces      createNamespace(name), deleteNamespace(name), listNamespaces(prefix?), openNamespace(nameOrPath) -> { fd, close() },
//                 inNamespace(handle | undefined, fn): synchronous, no promise may leave it. For Node's own sockets make the
//                 descriptor inside (socket, openTcpSocket, …) and hand it over: server.listen({ fd }), new net.Socket({ fd }).
// Rtnetlink       openRtnetlink(handle?): one socket, synchronous methods, usable from outside the namespace: what there is of
//                 links, addresses, routes, rules, next hops, neighbours; and the few that a lab or a test makes by itself.
//                 `link` is a name or an index everywhere. A new link is up unless `isUp: false`; the peer of a pair is down
//                 until it is set up from inside its own namespace. Refusals are thrown: Error with `code` ('EEXIST', codeOf(error)).
// Sysctls         readSysctl(handle, key), writeSysctl(handle, key, value); key: net/ipv4/ip_forward; useSysctlFolder(path): elsewhere than /proc/sys
// Pods            await createPodLink({ host, podNamespace, hostName, … }), await deletePodLink(host, hostName), podHasInterface,
//                 findPodLinkFaults({ host, podNamespace, hostName, … }): what is not as it was made
// Sockets         openTcpSocket(handle, family), openTcpListener(handle, family): descriptors for Node; openEchoSocket({ namespace, family, … });
//                 openDatagramSocket(handle?).send(link, { from, to, port, data }): a UDP datagram through that device
// Kernel          await openKernel({ namespace?, privateKeys, wireguardSockets?, wireguardPrograms?, keeperSocket?, log? }): the Kernel of the model, and
//                 which `wireguard` it has; PROGRAM_FOLDERS is where wireguard-go is looked for; observe, apply and watch as src/model/kernel.ts says. openMemoryKernel(…): the same without a machine
// wireguard-go    await openKeeper({ log }): processes kept for an agent that comes and goes; askKeeper(socket, 'PUT' | 'DELETE', device) asks one
//                 (an agent does, by openKernel's keeperSocket); findWireguardGo(): which run in this namespace; endWireguardGo(device, pid)
// nftables        openNftables(handle?): commands in nft's own language, for what is not the Kernel's (the lab's clouds)
// iptables-legacy readLegacyFilter(family, handle?): the table `filter` that neither nft nor libnftables shows; makes none
export { type DatagramSocket, openDatagramSocket } from './datagram-socket.ts'
export { ECHO_HEADER_BYTES, type EchoAnswer, type EchoSocket, openEchoSocket } from './echo-socket.ts'
export type { LegacyChain, LegacyRule, LegacyTarget } from './iptables/legacy-chain.ts'
export { readLegacyFilter } from './iptables/legacy-filter.ts'
export { type LinuxKernel, openKernel } from './kernel.ts'
export * from './libc.ts'
export { type MemoryKernel, openMemoryKernel } from './memory-kernel.ts'
export * from './namespace.ts'
export { openNftables } from './nftables/libnftables.ts'
export { createPodLink, deletePodLink, podHasInterface } from './pod-link.ts'
export { findPodLinkFaults } from './pod-link-state.ts'
export { openRtnetlink, type Rtnetlink } from './rtnetlink.ts'
export { openTcpListener, openTcpSocket, openUdpSocket } from './socket.ts'
export { socketAddress } from './socket-address.ts'
export { readSysctl, useSysctlFolder, writeSysctl } from './sysctl.ts'
export { codeOf } from './system-error.ts'
export { type Keeper, type KeptInterface, openKeeper } from './wireguard/keeper.ts'
export { askKeeper, KEEPER_SOCKET, KEPT_NAME, type KeeperRefusal, keeperAnswers } from './wireguard/keeper-client.ts'
export { publicKeyOf } from './wireguard/key-pair.ts'
export { devicesWithSocket, removeStaleSockets } from './wireguard/stale-sockets.ts'
export { PROGRAM_FOLDERS, SOCKETS_FOLDER } from './wireguard/wireguard-go.ts'
export { endWireguardGo, findWireguardGo } from './wireguard/wireguard-go-processes.ts'
