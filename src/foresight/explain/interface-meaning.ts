// The name of a network device of ours: what it is for, and what goes over it.
import { ANCHOR_LINK, type Entry, IPIP_LINK, LINK_PREFIX, POD_LINK_PREFIX, VXLAN_LINK } from '../../model/index.ts'
import { UNKNOWN_NIC } from '../../planner/index.ts'
import { fact } from './fact.ts'
import type { FoundMeaning } from './meaning.ts'

export function tryMeaningOfInterface(name: string): FoundMeaning | undefined {
  const is = purposeOf(name)
  if (is === undefined) return undefined
  const isPod = name.startsWith(POD_LINK_PREFIX)
  return {
    kind: 'interface',
    is,
    facts: isPod ? [fact('where', 'known to its node alone; `damask status` there says of which pod')] : [],
    search: { isWanted: (entry) => goesOver(entry, name) },
  }
}

function purposeOf(name: string): string | undefined {
  const [, kind, slot] = new RegExp(`^${LINK_PREFIX}-([tf])(\\d+)$`).exec(name) ?? []
  if (kind === 't') return `a gateway's WireGuard device for the gateways of other sites that hold slot ${slot}`
  if (kind === 'f')
    return `the WireGuard device of the fabric for fellow members of slot ${slot} (who is no gateway has 1)`
  if (new RegExp(`^${POD_LINK_PREFIX}[0-9a-z]+$`).test(name)) return "the host's end of a pod's link"
  return PURPOSES.get(name)
}

const PURPOSES: ReadonlyMap<string, string> = new Map([
  [ANCHOR_LINK, 'the device that holds the gateway address of its node, whatever tunnels come and go'],
  [VXLAN_LINK, 'the device of fabric vxlan: to fellow members of the site'],
  [IPIP_LINK, 'the device of fabric ipip: to fellow members of the site'],
  [UNKNOWN_NIC, "what stands for the link of a node's private address, as nobody has looked at the node"],
])

function goesOver(entry: Entry, name: string): boolean {
  switch (entry.kind) {
    case 'link':
      return entry.name === name
    case 'route':
      return entry.target.kind === 'link'
        ? entry.target.link === name
        : entry.target.kind === 'via' && entry.target.hops.some(({ link }) => link === name)
    case 'sysctl':
      return entry.key.includes(`/${name}/`)
    case 'filter-table':
    case 'rule':
    case 'next-hop-group':
      return false
    default:
      return entry.link === name
  }
}

/** Names that could have been meant. */
export const INTERFACE_NAMES: readonly string[] = [...PURPOSES.keys(), `${LINK_PREFIX}-t1`, `${LINK_PREFIX}-f1`]
