// A NodeState as the listings that an operator knows: `ip route show`, `wg showconf`, `nft list table`. Lines have the
// grammar of those tools without their trailing blanks; sections that would be empty are left out.
import { type Because, GUARD_TABLE, type NodeState, TABLE } from '../model/index.ts'
import { formatBecause } from './because-text.ts'
import { formatFilterTable } from './filter-text.ts'
import { formatSysctlKey } from './kernel-names.ts'
import { formatFdbEntry, formatInterfaceAddress, formatLink, formatNeighbour } from './link-text.ts'
import { formatNextHop, formatNextHopGroup } from './next-hop-text.ts'
import { formatRoute } from './route-text.ts'
import { formatRule } from './rule-text.ts'
import { type SortedEntries, sortEntries } from './sorted-entries.ts'
import { formatWireguardDevice, formatWireguardPeer } from './wireguard-text.ts'

export type RenderTextOptions = {
  /** Whether each entry says in a comment which resource and which rule put it there; true unless set. */
  readonly because?: boolean
}

type Caused = { readonly because: readonly Because[] }

export function renderText(state: NodeState, { because = true }: RenderTextOptions = {}): string {
  const reasonOf = (entry: Caused): string => (because ? formatBecause(entry.because) : '')

  /** One entry with its reason at the end of its first line. */
  const withReason = (text: string, entry: Caused): string => {
    const reason = reasonOf(entry)
    return reason === '' ? text : text.replace(/$/m, () => `  # ${reason}`)
  }
  const list = <E extends Caused>(entries: readonly E[], format: (entry: E) => string): string =>
    entries.map((entry) => withReason(format(entry), entry)).join('\n')

  /** An entry of many lines with its reason in front. */
  const underReason = (text: string, entry: Caused): string => {
    const reason = reasonOf(entry)
    return reason === '' ? text : `# ${reason}\n${text}`
  }

  const entries = sortEntries(state)
  const objects = new Map([...entries['next-hop'], ...entries['next-hop-group']].map((object) => [object.id, object]))
  const routesOf = (table: number) =>
    list(
      entries.route.filter((route) => route.table === table),
      (route) => formatRoute(route, objects),
    )
  const rulesOf = (family: 4 | 6) =>
    list(
      entries.rule.filter((rule) => rule.family === family),
      formatRule,
    )

  const sections: readonly (readonly [heading: string, text: string])[] = [
    ['links', list(entries.link, formatLink)],
    ['addresses', list(entries.address, formatInterfaceAddress)],
    ['rules, IPv4', rulesOf(4)],
    ['rules, IPv6', rulesOf(6)],
    [`routes: table ${GUARD_TABLE} (guards)`, routesOf(GUARD_TABLE)],
    [
      'next hops',
      [list(entries['next-hop'], formatNextHop), list(entries['next-hop-group'], formatNextHopGroup)]
        .filter(Boolean)
        .join('\n'),
    ],
    ...otherTables(entries).map((table) => [`routes: table ${table}`, routesOf(table)] as const),
    ['neighbours', list(entries.neighbour, formatNeighbour)],
    ['forwarding entries', list(entries.fdb, formatFdbEntry)],
    ...wireguardLinks(entries).map((link) => [`wireguard ${link}`, wireguardText(entries, link, underReason)] as const),
    ...entries['filter-table'].map((table) => ['packet filter', underReason(formatFilterTable(table), table)] as const),
    ['settings', list(entries.sysctl, ({ key, value }) => `${formatSysctlKey(key)} = ${value}`)],
  ]
  return sections
    .filter(([, text]) => text !== '')
    .map(([heading, text]) => `# ${heading}\n${text}\n`)
    .join('\n')
}

/** Every table but that of the guards, ours first. */
function otherTables({ route }: SortedEntries): number[] {
  const tables = new Set([TABLE, ...route.map(({ table }) => table)])
  tables.delete(GUARD_TABLE)
  return [...tables]
}

const wireguardLinks = (entries: SortedEntries): string[] => [
  ...new Set([...entries['wireguard-device'], ...entries['wireguard-peer']].map(({ link }) => link)),
]

function wireguardText(
  entries: SortedEntries,
  link: string,
  underReason: (text: string, entry: Caused) => string,
): string {
  const devices = entries['wireguard-device'].filter((device) => device.link === link)
  const peers = entries['wireguard-peer'].filter((peer) => peer.link === link)
  return [
    ...devices.map((device) => underReason(formatWireguardDevice(device), device)),
    ...peers.map((peer) => underReason(formatWireguardPeer(peer), peer)),
  ].join('\n\n')
}
