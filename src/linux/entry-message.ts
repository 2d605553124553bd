// A change of an entry as the one rtnetlink message that makes it.
import {
  type Address,
  type Change,
  type Entry,
  FAMILY_BITS,
  type InterfaceAddress,
  type NextHop,
  type NextHopGroup,
  PROTOCOL,
  type Route,
  type Rule,
} from '../model/index.ts'
import { type Message, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from './netlink/message.ts'
import { addAddressMessage, deleteAddressMessage } from './rtnetlink/address-message.ts'
import type { Hop } from './rtnetlink/hop.ts'
import {
  deleteFdbEntryMessage,
  deleteNeighbourMessage,
  setFdbEntryMessage,
  setNeighbourMessage,
} from './rtnetlink/neighbour-message.ts'
import { deleteNextHopMessage, newNextHopGroupMessage, newNextHopMessage } from './rtnetlink/next-hop-message.ts'
import { deleteRouteMessage, newRouteMessage } from './rtnetlink/route-message.ts'
import { addRuleMessage, deleteRuleMessage, type RuleRecord } from './rtnetlink/rule-message.ts'

const IPPROTO_UDP = 17
/** EXCL: what another program put there is never taken over. */
const CREATE = NLM_F_CREATE | NLM_F_EXCL
const REPLACE = NLM_F_CREATE | NLM_F_REPLACE

type Op = Change['op']
type IndexOf = (link: string) => number

/** Undefined for the kinds that do not go by rtnetlink, and for links, which take several messages. */
export function tryMessage({ op, entry }: Change, indexOf: IndexOf): Message | undefined {
  switch (entry.kind) {
    case 'address':
      return addressMessage(op, entry, indexOf(entry.link))
    case 'rule':
      return op === 'delete' ? deleteRuleMessage(ruleOf(entry)) : addRuleMessage(ruleOf(entry))
    case 'next-hop':
    case 'next-hop-group':
      return op === 'delete' ? deleteNextHopMessage(entry.id) : newHopMessage(op, entry, indexOf)
    case 'neighbour': {
      const neighbour = { ...placeOf(entry, indexOf), protocol: PROTOCOL }
      return op === 'delete' ? deleteNeighbourMessage(neighbour) : setNeighbourMessage(neighbour)
    }
    case 'fdb': {
      const { hardwareAddress, remote } = entry
      const forwarding = { index: indexOf(entry.link), hardwareAddress, remote }
      return op === 'delete' ? deleteFdbEntryMessage(forwarding) : setFdbEntryMessage(forwarding)
    }
    case 'route':
      return op === 'delete' ? deleteRouteMessage(keyOfRoute(entry)) : routeMessage(op, entry, indexOf)
    default:
      return undefined
  }
}

/** The kinds of entries that `tryMessage` knows. */
export const goesByMessage = (kind: Entry['kind']): boolean => KINDS.has(kind)
const KINDS = new Set<Entry['kind']>(['address', 'rule', 'next-hop', 'next-hop-group', 'neighbour', 'fdb', 'route'])

const flagsOf = (op: Op): number => (op === 'create' ? CREATE : REPLACE)

function addressMessage(op: Op, { address }: InterfaceAddress, index: number): Message {
  const wanted = { index, address, length: FAMILY_BITS[address.family], protocol: PROTOCOL, noPrefixRoute: true }
  return op === 'delete' ? deleteAddressMessage(wanted) : addAddressMessage(wanted)
}

function ruleOf({ family, preference, table, withoutMark, suppressPrefixLength, ownUdpPort, ownTo }: Rule): RuleRecord {
  return {
    family,
    preference,
    table,
    protocol: PROTOCOL,
    suppressPrefixLength,
    ...(withoutMark !== undefined && { isInverted: true, mark: withoutMark, mask: withoutMark }),
    // `iif lo`: what this host itself sends.
    ...(ownUdpPort !== undefined && { inputLink: 'lo', transport: IPPROTO_UDP, destinationPort: ownUdpPort }),
    ...(ownTo !== undefined && { inputLink: 'lo', to: ownTo }),
  }
}

function newHopMessage(op: Op, entry: NextHop | NextHopGroup, indexOf: IndexOf): Message {
  if (entry.kind === 'next-hop-group') return newNextHopGroupMessage(flagsOf(op), { ...entry, protocol: PROTOCOL })
  return newNextHopMessage(flagsOf(op), {
    id: entry.id,
    via: entry.via,
    protocol: PROTOCOL,
    index: indexOf(entry.link),
  })
}

const placeOf = (
  {
    link,
    address,
    hardwareAddress,
  }: { readonly link: string; readonly address: Address; readonly hardwareAddress: string },
  indexOf: IndexOf,
) => ({ index: indexOf(link), address, hardwareAddress })

const keyOfRoute = ({ table, to }: Route) => ({ table, to, protocol: PROTOCOL })

function routeMessage(op: Op, entry: Route, indexOf: IndexOf): Message {
  const { target, source } = entry
  if (source === 'gateway-address')
    throw new Error('a route with the source gateway-address: read the state through entriesOf')
  const route = { ...keyOfRoute(entry), source }
  switch (target.kind) {
    case 'next-hop-object':
      return newRouteMessage(flagsOf(op), { ...route, nextHopId: target.id })
    case 'via':
      return newRouteMessage(flagsOf(op), {
        ...route,
        hops: target.hops.map(({ via, link, onlink }): Hop => ({ via, index: indexOf(link), onlink })),
      })
    case 'link':
      return newRouteMessage(flagsOf(op), { ...route, hops: [{ index: indexOf(target.link) }] })
    default:
      return newRouteMessage(flagsOf(op), { ...route, type: target.kind })
  }
}
