// How the network of a cluster is, as tables: in a large one a line a site, and of nodes those that want to be looked at.
import type { NetworkSpec } from './cluster-facts.ts'
import type { ClusterStatus, NodeStatusInCluster, PodCount, Trouble } from './cluster-status.ts'
import type { SiteStatus } from './site-status.ts'
import { durationOf } from './status-units.ts'
import { textTable } from './text-table.ts'

/** Of nodes that are well, more than these only count; of those that are not, no more are shown. */
const MOST_NODES = 50
/** In one cell. */
const MOST_GATEWAYS = 4

export function renderClusterStatus(status: ClusterStatus, { all }: { readonly all: boolean }): string {
  const isLarge = status.nodes.length > MOST_NODES && !all
  const troubled = status.nodes.filter(({ troubles }) => troubles.length > 0)
  const shown = isLarge ? troubled.slice(0, MOST_NODES) : status.nodes
  const left = status.nodes.length - shown.length
  const sections: readonly (readonly [string, string])[] = [
    ['', textTable(headOf(status), undefined, '')],
    ['trouble', textTable(troubleRows(status.troubles, isLarge ? shown : troubled), undefined, '  ')],
    ['sites', textTable(status.sites.map(siteRow), SITE_HEAD, '  ')],
    ['nodes', shown.length === 0 ? '' : textTable(shown.map(nodeRow), NODE_HEAD, '  ')],
    ['', left === 0 ? '' : leftOut(left, troubled.length - shown.length)],
  ]
  return sections
    .filter(([, text]) => text !== '')
    .map(([title, text]) => (title === '' ? text : `${title}\n${text}`))
    .join('\n\n')
}

const leftOut = (left: number, troubled: number): string =>
  troubled > 0
    ? `${left} more nodes, of which ${troubled} have trouble; --all shows them`
    : `${left} nodes that are well are not shown; --all shows them`

function headOf(status: ClusterStatus): readonly (readonly string[])[] {
  const { server, kubernetes, network, nodes, agents, keepers, controller, isReady } = status
  const ready = nodes.filter((node) => node.isReady).length
  const versions = agents.versions.map(({ version, nodes: of }, index) =>
    index === 0 && agents.versions.length === 1 ? version : `${version} (${of})`,
  )
  return [
    ['cluster', kubernetes === undefined ? server : `${server}, Kubernetes ${kubernetes}`],
    ['network', network === undefined ? 'none' : networkLine(network)],
    ['ready', isReady ? 'yes' : 'no'],
    ['nodes', `${ready} of ${nodes.length} ready`],
    ['agents', `${countText(agents)}${versions.length > 0 ? `, version ${versions.join(', ')}` : ''}`],
    ...(keepers === undefined ? [] : [['wireguard-go', countText(keepers)]]),
    ['controller', `${leaderText(controller)}; ${countText(controller.pods)}`],
  ]
}

const countText = ({ ready, total }: PodCount): string => `${ready} of ${total} pods ready`

function leaderText({ leader, secondsSinceRenewal }: ClusterStatus['controller']): string {
  if (leader === undefined) return 'nobody leads'
  // Its name goes on with what makes it another one after each start.
  const name = leader.split('_')[0] ?? leader
  return secondsSinceRenewal === undefined
    ? `${name} leads`
    : `${name} leads, heard ${durationOf(secondsSinceRenewal)} ago`
}

function networkLine({ podPrefixes = [], servicePrefixes = [], sites, fabric, gatewaysPerSite }: NetworkSpec): string {
  const kind = typeof fabric === 'string' ? fabric : fabric?.kind
  const by = sites?.by === 'label' ? `by label ${sites.label}` : sites?.by === undefined ? '' : `by ${sites.by}`
  return [
    ...(podPrefixes.length > 0 ? [`pods ${podPrefixes.join(' ')}`] : []),
    ...(servicePrefixes.length > 0 ? [`services ${servicePrefixes.join(' ')}`] : []),
    ...(by === '' ? [] : [`sites ${by}`]),
    ...(kind === undefined ? [] : [`fabric ${kind}`]),
    ...(gatewaysPerSite === undefined ? [] : [`${gatewaysPerSite} gateways a site`]),
  ].join(', ')
}

const troubleRows = (
  troubles: readonly Trouble[],
  nodes: readonly NodeStatusInCluster[],
): readonly (readonly string[])[] => [
  ...troubles.map(({ severity, message }) => [severity, '', message]),
  ...nodes.flatMap((node) => node.troubles.map(({ severity, message }) => [severity, node.name, message])),
]

const SITE_HEAD = ['site', 'nodes', 'ready', 'gateways', 'pods', 'handshake']

const siteRow = ({ name, nodes, ready, gateways, pods, secondsSinceHandshake }: SiteStatus): readonly string[] => [
  name === '' ? '(none yet)' : name,
  String(nodes),
  String(ready),
  gateways.length === 0
    ? '-'
    : [
        ...gateways.slice(0, MOST_GATEWAYS).map(({ name: gateway, slot }) => `${gateway}${slotText(slot)}`),
        ...(gateways.length > MOST_GATEWAYS ? [`and ${gateways.length - MOST_GATEWAYS} more`] : []),
      ].join(' '),
  String(pods),
  agoText(secondsSinceHandshake),
]

const NODE_HEAD = ['node', 'site', 'role', 'endpoint', 'ready', 'handshake', 'pods', 'version']

const nodeRow = (node: NodeStatusInCluster): readonly string[] => [
  node.name,
  node.site ?? '-',
  node.role === undefined ? '-' : `${node.role}${slotText(node.slot)}`,
  node.endpoint ?? '-',
  node.isReady ? 'yes' : 'no',
  agoText(node.secondsSinceHandshake),
  node.pods === undefined ? '-' : String(node.pods),
  node.version ?? '-',
]

const slotText = (slot: number | undefined): string => (slot === undefined ? '' : `:${slot}`)
const agoText = (seconds: number | undefined): string => (seconds === undefined ? '-' : `${durationOf(seconds)} ago`)
