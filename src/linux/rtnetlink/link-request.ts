// What is asked of links, as messages. A batch may make a link and go on with it by name in its next message.
import { type Address, IPIP_TTL } from '../../model/index.ts'
import { encodeBody, type Message, message, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL } from '../netlink/message.ts'
import { encodeAttributes } from '../netlink/table.ts'
import {
  ADDRESS_GENERATION,
  type AddressGeneration,
  IFF_UP,
  IPIP,
  LINK,
  RTM_DELLINK,
  RTM_GETLINK,
  RTM_NEWLINK,
  VETH,
  VXLAN,
} from './link-message.ts'

const CREATE = NLM_F_CREATE | NLM_F_EXCL
const RTEXT_FILTER_SKIP_STATS = 1 << 3

/** A link that exists, by name or by index. */
export type LinkReference = string | number

/** What every new link may be given. */
export type NewLink = {
  readonly name: string
  readonly mtuBytes?: number | undefined
  readonly group?: number | undefined
  readonly hardwareAddress?: string | undefined
  /** Index of the bridge to be a port of. */
  readonly master?: number | undefined
  /** Default true. */
  readonly isUp?: boolean | undefined
  /** How it makes its fe80:: address; left out: as the system's default says. */
  readonly addressGeneration?: AddressGeneration | undefined
}

export type LinkInfo =
  | { readonly kind: 'bridge' }
  | { readonly kind: 'dummy' }
  | {
      readonly kind: 'vxlan'
      readonly networkIdentifier: number
      readonly port: number
      readonly local?: Address | undefined
    }
  | { readonly kind: 'ipip'; readonly local: Address; readonly mark: number }
  | { readonly kind: 'veth'; readonly peer: VethPeer }

/** The other end of a pair. It is made down (IFF_UP here gives ENOTCONN): set it up from inside its namespace. */
type VethPeer = {
  readonly name: string
  /** Descriptor of the namespace to make it in: 20 times cheaper than to move it there later. */
  readonly namespaceFd?: number | undefined
  readonly mtuBytes?: number | undefined
  readonly hardwareAddress?: string | undefined
}

export type LinkSettings = {
  readonly isUp?: boolean | undefined
  readonly mtuBytes?: number | undefined
  readonly group?: number | undefined
  readonly hardwareAddress?: string | undefined
  /** Index of the bridge to be a port of. */
  readonly master?: number | undefined
  readonly addressGeneration?: AddressGeneration | undefined
}

/** The messages that make a link. IFLA_AF_SPEC is refused (EAFNOSUPPORT) in the one that makes it: it goes into a second, before the link is up. */
export function newLinkMessages(link: NewLink, info: LinkInfo): Message[] {
  const { name, mtuBytes, group, hardwareAddress, master, isUp = true, addressGeneration } = link
  const isLater = addressGeneration !== undefined
  const flags = isUp && !isLater ? IFF_UP : 0
  const attributes = { name, mtuBytes, group, hardwareAddress, master, info: { kind: info.kind, data: infoData(info) } }
  const create = message(RTM_NEWLINK, CREATE, LINK, { flags, change: flags }, attributes)
  if (!isLater) return [create]
  return [create, ...setLinkMessages(name, { addressGeneration, ...(isUp && { isUp }) })]
}

/** Flags go last and in a message of their own: the kernel would set the link up before the rest. */
export function setLinkMessages(link: LinkReference, settings: LinkSettings): Message[] {
  const { isUp, addressGeneration, ...attributes } = settings
  const rest = {
    ...attributes,
    ...(addressGeneration !== undefined && {
      byFamily: { inet6: { generation: ADDRESS_GENERATION[addressGeneration] } },
    }),
  }
  const messages: Message[] = []
  if (Object.values(rest).some((value) => value !== undefined)) messages.push(linkMessage(link, rest, {}))
  if (isUp !== undefined) messages.push(linkMessage(link, {}, { flags: isUp ? IFF_UP : 0, change: IFF_UP }))
  return messages
}

export const deleteLinkMessage = (link: LinkReference): Message =>
  typeof link === 'number'
    ? message(RTM_DELLINK, 0, LINK, { index: link })
    : message(RTM_DELLINK, 0, LINK, {}, { name: link })

export const getLinkMessage = (link: LinkReference): Message =>
  typeof link === 'number'
    ? message(RTM_GETLINK, 0, LINK, { index: link }, { extended: RTEXT_FILTER_SKIP_STATS })
    : message(RTM_GETLINK, 0, LINK, {}, { name: link, extended: RTEXT_FILTER_SKIP_STATS })

export const dumpLinksMessage: Message = message(
  RTM_GETLINK,
  NLM_F_DUMP,
  LINK,
  {},
  { extended: RTEXT_FILTER_SKIP_STATS },
)

function linkMessage(link: LinkReference, attributes: object, header: { flags?: number; change?: number }): Message {
  const own = typeof link === 'number' ? { ...header, index: link } : header
  return message(RTM_NEWLINK, 0, LINK, own, typeof link === 'number' ? attributes : { ...attributes, name: link })
}

function infoData(info: LinkInfo): Uint8Array | undefined {
  if (info.kind === 'vxlan') {
    const { networkIdentifier, port, local } = info
    const source = local && (local.family === 4 ? { local4: local } : { local6: local })
    // It learns nothing from received packets: our forwarding entries are permanent, and all that there are.
    return encodeAttributes(VXLAN, { networkIdentifier, port, ...source, learning: 0 })
  }
  if (info.kind === 'ipip') {
    const { local, mark } = info
    // Never in pieces: a packet that is too large for the way is answered, as by the other fabrics.
    return encodeAttributes(IPIP, { local, ttl: IPIP_TTL, pathMtuDiscovery: 1, mark })
  }
  if (info.kind !== 'veth') return undefined
  const { namespaceFd, ...peer } = info.peer
  return encodeAttributes(VETH, { peer: encodeBody(LINK, {}, { ...peer, namespace: namespaceFd }) })
}
