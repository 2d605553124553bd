// The pair of links between a node and a pod, and all that the pod's end needs. Made directly in the pod's namespace, since
// to move a link there costs 20 ms. No ARP, no NDP, no DAD: both hardware addresses are known beforehand, so neighbours are permanent.
import {
  type Address,
  type Family,
  hostPrefix,
  IPV6_MINIMUM_MTU,
  LINK_GROUP,
  POD_GATEWAY_V6,
  parsePrefix,
} from '../model/index.ts'
import { missingModule, NO_IPV6 } from './kernel-lack.ts'
import { inNamespace, type NamespaceHandle } from './namespace.ts'
import { NETLINK_ROUTE } from './netlink/descriptor.ts'
import { type Message, NLM_F_CREATE, NLM_F_EXCL } from './netlink/message.ts'
import { type NetlinkError, netlinkError, type Refusal } from './netlink/netlink-error.ts'
import { openSlowRequests } from './netlink/slow-requests.ts'
import { addAddressMessage } from './rtnetlink/address-message.ts'
import { newLinkMessages, setLinkMessages } from './rtnetlink/link-request.ts'
import { setNeighbourMessage } from './rtnetlink/neighbour-message.ts'
import { newRouteMessage } from './rtnetlink/route-message.ts'
import { openRtnetlink, type Rtnetlink } from './rtnetlink.ts'
import { readSysctl, writeSysctl } from './sysctl.ts'
import { codeOf } from './system-error.ts'

const DEFAULT_ROUTE = { 4: parsePrefix('0.0.0.0/0'), 6: parsePrefix('::/0') } as const

export type PodLinkOptions = {
  /** A socket in the node's namespace. */
  readonly host: Rtnetlink
  readonly podNamespace: NamespaceHandle
  /** Of the host's end, `dmk…`. */
  readonly hostName: string
  readonly hostHardwareAddress: string
  /** Of the pod's end, `eth0`. */
  readonly interfaceName: string
  readonly hardwareAddress: string
  readonly mtuBytes: number
  readonly addresses: readonly Address[]
  /** The node's gateway address; needed where the pod has an IPv4 address. */
  readonly gateway4?: Address | undefined
}

/**
 * Makes both ends, up, and the pod's addresses, neighbours and default routes; the host's addresses, neighbours and routes
 * are the reconciler's. Whole or not at all: after a failure there is no link. EEXIST where one of the two names is taken.
 */
export async function createPodLink(options: PodLinkOptions): Promise<void> {
  const { host, hostName, interfaceName } = options
  let isMade = true // also where the kernel's answers were lost
  try {
    const [refusal] = await host.batch(pairMessages(options))
    // The first message makes the pair; the later ones set up the host's end.
    isMade = refusal?.index !== 0
    if (refusal) throw pairError(`cannot create the pod link ${hostName} to ${interfaceName}`, refusal)
    await furnishPod(options)
  } catch (cause) {
    if (isMade) await deletePodLink(host, hostName)
    throw cause
  }
}

/** True where there was such a link. It keeps the kernel busy for 16 ms, so it is done on a thread of the pool. */
export async function deletePodLink(host: Rtnetlink, hostName: string): Promise<boolean> {
  try {
    await host.deleteLinkAsync(hostName)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENODEV') return false
    throw error
  }
}

/** Whether the pod's namespace has an interface of this name. */
export function podHasInterface(podNamespace: NamespaceHandle, interfaceName: string): boolean {
  const pod = openRtnetlink(podNamespace)
  try {
    return pod.findLink(interfaceName) !== undefined
  } finally {
    pod.close()
  }
}

const pairMessages = (options: PodLinkOptions): Message[] =>
  newLinkMessages(
    {
      name: options.hostName,
      group: LINK_GROUP,
      mtuBytes: options.mtuBytes,
      hardwareAddress: options.hostHardwareAddress,
      ...withoutGeneratedAddress(options.mtuBytes),
    },
    {
      kind: 'veth',
      peer: {
        name: options.interfaceName,
        namespaceFd: options.podNamespace.fd,
        mtuBytes: options.mtuBytes,
        hardwareAddress: options.hardwareAddress,
      },
    },
  )

function pairError(tried: string, refusal: Refusal): NetlinkError {
  const text =
    refusal.code === 'EOPNOTSUPP'
      ? missingModule('veth', 'veth')
      : refusal.code === 'EAFNOSUPPORT'
        ? NO_IPV6
        : refusal.text
  return netlinkError(tried, { ...refusal, ...(text !== undefined && { text }) })
}

/** A link that is too narrow for IPv6 refuses to hear of it (EAFNOSUPPORT). */
const withoutGeneratedAddress = (mtuBytes: number): { readonly addressGeneration?: 'none' } =>
  mtuBytes >= IPV6_MINIMUM_MTU ? { addressGeneration: 'none' } : {}

async function furnishPod(options: PodLinkOptions): Promise<void> {
  const { podNamespace, interfaceName, addresses } = options
  if (addresses.some(({ family }) => family === 6)) enableIpv6(podNamespace, interfaceName)
  // Opened for this one batch: an open socket would keep a dead pod's namespace, and its links, alive.
  const pod = inNamespace(podNamespace, () => openSlowRequests(NETLINK_ROUTE))
  try {
    const messages = podMessages(pod.interfaceIndex(interfaceName), options)
    const [refusal] = await pod.batch(messages.map(({ message }) => message))
    if (refusal) throw netlinkError(`cannot ${messages[refusal.index]?.what} of the pod's ${interfaceName}`, refusal)
  } finally {
    pod.close()
  }
}

/** Container runtimes make namespaces in which IPv6 is off; the kernel then refuses addresses with EACCES. */
function enableIpv6(podNamespace: NamespaceHandle, interfaceName: string): void {
  const key = `net/ipv6/conf/${interfaceName}/disable_ipv6`
  if (readSysctl(podNamespace, key) === '1') writeSysctl(podNamespace, key, '0')
}

type Described = { readonly what: string; readonly message: Message }

function podMessages(index: number, options: PodLinkOptions): Described[] {
  const describe = (what: string, messages: readonly Message[]): Described[] =>
    messages.map((message) => ({ what, message }))
  return [
    ...describe('set up lo beside the link', setLinkMessages('lo', { isUp: true })),
    ...describe(
      'set up the link',
      setLinkMessages(index, { ...withoutGeneratedAddress(options.mtuBytes), isUp: true }),
    ),
    ...options.addresses.flatMap((address) => {
      const gateway = gatewayOf(address.family, options)
      const { hostHardwareAddress: hardwareAddress } = options
      return [
        ...describe('add the address', [
          addAddressMessage({ index, address, length: hostPrefix(address).length, noPrefixRoute: true }),
        ]),
        ...describe('set the neighbour', [setNeighbourMessage({ index, address: gateway, hardwareAddress })]),
        ...describe('add the default route', defaultRouteMessages(index, gateway)),
      ]
    }),
  ]
}

function gatewayOf(family: Family, { gateway4, hostName }: PodLinkOptions): Address {
  if (family === 6) return POD_GATEWAY_V6
  if (gateway4) return gateway4
  throw new Error(`cannot give ${hostName} an IPv4 default route: this node has no IPv4 gateway address`)
}

/** The IPv4 gateway is in no subnet of the pod's, so a route to it goes first; fe80::1 is on every link. */
function defaultRouteMessages(index: number, gateway: Address): Message[] {
  const flags = NLM_F_CREATE | NLM_F_EXCL
  const through = newRouteMessage(flags, { to: DEFAULT_ROUTE[gateway.family], hops: [{ via: gateway, index }] })
  if (gateway.family === 6) return [through]
  return [newRouteMessage(flags, { to: hostPrefix(gateway), hops: [{ index }] }), through]
}
