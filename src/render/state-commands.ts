// A NodeState as a shell script that builds it on its node by hand, with nothing of ours installed. It runs in dash and
// bash with what Debian 12 has (iproute2 6.1, nft 1.0.6, wireguard-tools, procps), in the order in which the reconciler works.
import {
  type Address,
  type Entry,
  FAMILY_BITS,
  formatAddress,
  GUARD_TABLE,
  type Link,
  type NodeState,
  type Route,
  type Sysctl,
  tryPublicKey,
} from '../model/index.ts'
import {
  addressCommand,
  fdbCommand,
  linkCommands,
  neighbourCommand,
  nextHopCommand,
  nextHopGroupCommand,
  routeCommand,
  ruleCommand,
  sysctlCommand,
  wireguardDeviceCommand,
  wireguardPeerCommand,
} from './entry-commands.ts'
import { formatFilterTable } from './filter-text.ts'
import { hereDocument, NIC } from './shell-words.ts'
import { type SortedEntries, sortEntries } from './sorted-entries.ts'

export type RenderCommandsOptions = {
  /** The node's own; the script finds the link `$NIC` by one. A vxlan device names it too. */
  readonly privateAddresses?: readonly Address[]
}

export function renderCommands(state: NodeState, { privateAddresses = [] }: RenderCommandsOptions = {}): string {
  const entries = sortEntries(state)
  const body = sectionsOf(entries)
    .filter(([, lines]) => lines.length > 0)
    .map(([heading, lines]) => `# ${heading}\n${lines.join('\n')}\n`)
    .join('\n')
  const locals = [
    ...privateAddresses,
    ...entries.link.flatMap(({ type }) => (type.kind === 'vxlan' ? [type.local] : [])),
  ]
  return `${[
    '#!/bin/sh',
    `# Builds by hand what Damask plans for node ${state.node}. Run it once, as root, on that node.`,
    ...(body.includes('"$KEY"') ? keyLines(entries) : []),
    ...(body.includes(NIC) ? nicLines(locals[0]) : []),
    'set -eu',
  ].join('\n')}\n${checks(body, entries, locals[0])}\n${body}`
}

function keyLines(entries: SortedEntries): string[] {
  const half = publicHalf(entries)
  return [`#   KEY  file with the node's private key${half === undefined ? '' : `, whose public half is ${half}`}`]
}

const nicLines = (address: Address | undefined): string[] => [
  address === undefined
    ? '#   NIC  the link that holds its private address'
    : `#   NIC  the link that holds its private address ${formatAddress(address)}; found by it unless set`,
]

function checks(body: string, entries: SortedEntries, privateAddress: Address | undefined): string {
  const lines: string[] = []
  if (body.includes('"$KEY"')) {
    lines.push(`: "\${KEY:?set KEY to the file that holds the private key of this node}"`)
    const half = publicHalf(entries)
    if (half !== undefined) {
      lines.push(
        `[ "$(wg pubkey < "$KEY")" = ${half} ] || { echo "$KEY holds the private key of another node; this one is known by ${half}" >&2; exit 1; }`,
      )
    }
  }
  if (body.includes(NIC)) {
    const text = privateAddress === undefined ? undefined : formatAddress(privateAddress)
    if (privateAddress !== undefined) {
      const exactly = `${text}/${FAMILY_BITS[privateAddress.family]}`
      lines.push(`NIC=\${NIC:-$(ip -o address show to ${exactly} | awk '{ print $2; exit }')}`)
    }
    const holds = text === undefined ? '' : `no link of this host holds ${text}; `
    lines.push(`: "\${NIC:?${holds}set NIC to the link that holds the private address of this node}"`)
  }
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`
}

/** Undefined while the node has made no key. */
const publicHalf = (entries: SortedEntries): string | undefined =>
  entries['wireguard-device'].map(({ publicKey }) => tryPublicKey(publicKey)).find((key) => key !== undefined)

function sectionsOf(entries: SortedEntries): readonly (readonly [heading: string, lines: readonly string[]])[] {
  const links = new Map(entries.link.map((link) => [link.name, link]))
  const isPodLink = (name: string) => links.get(name)?.type.kind === 'veth'
  /** Lines about a pod's link are comments: it stands only while the pod does. */
  const each = <E extends Entry>(list: readonly E[], format: (entry: E) => string): string[] =>
    list.map((entry) => (linksOf(entry).some(isPodLink) ? `# with its pod: ${format(entry)}` : format(entry)))

  const made = entries.link.filter(({ name }) => !isPodLink(name))
  const settings = Map.groupBy(entries.sysctl, (setting) => made.find(({ name }) => isSettingOf(setting, name))?.name)
  const guards = entries.route.filter(({ table }) => table === GUARD_TABLE)
  const routes = entries.route.filter(({ table }) => table !== GUARD_TABLE)
  return [
    ['settings', each(settings.get(undefined) ?? [], sysctlCommand)],
    ['guards', each(throwsFirst(guards), routeCommand)],
    ['rules', each(entries.rule, ruleCommand)],
    [
      'packet filter',
      entries['filter-table'].map((table) => `nft -f - ${hereDocument(formatFilterTable(table), 'NFT')}`),
    ],
    ['links, with their own settings', made.flatMap((link) => linkLines(link, settings.get(link.name) ?? []))],
    ['addresses', each(entries.address, addressCommand)],
    [
      'wireguard',
      [
        ...entries['wireguard-device'].map(wireguardDeviceCommand),
        ...entries['wireguard-peer'].map(wireguardPeerCommand),
      ],
    ],
    ['neighbours', each(entries.neighbour, neighbourCommand)],
    ['forwarding entries', each(entries.fdb, fdbCommand)],
    [
      'next hops',
      [...each(entries['next-hop'], nextHopCommand), ...entries['next-hop-group'].map(nextHopGroupCommand)],
    ],
    ['routes', each(throwsFirst(routes), routeCommand)],
  ]
}

/** A link's settings exist only once the link does. */
const linkLines = (link: Link, settings: readonly Sysctl[]): string[] => [
  ...linkCommands(link),
  ...settings.map(sysctlCommand),
]

const isSettingOf = ({ key }: Sysctl, link: string): boolean => key.split('/').includes(link)

/** Exceptions stand before what they are cut out of, or the underlay is gone for a moment. */
const throwsFirst = (routes: readonly Route[]): Route[] => [
  ...routes.filter(({ target }) => target.kind === 'throw'),
  ...routes.filter(({ target }) => target.kind !== 'throw'),
]

function linksOf(entry: Entry): readonly string[] {
  if (entry.kind === 'sysctl') return entry.key.split('/')
  if (entry.kind === 'route') {
    if (entry.target.kind === 'link') return [entry.target.link]
    return entry.target.kind === 'via' ? entry.target.hops.map(({ link }) => link) : []
  }
  return 'link' in entry ? [entry.link] : []
}
