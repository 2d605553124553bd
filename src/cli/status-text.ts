// An agent's status as tables.
import type { AgentStatus, DeviceStatus, HostNameStatus, PeerStatus, PodStatus } from '../agent/index.ts'
import { renderHead } from './status-head.ts'
import { ageOf, formatBytes } from './status-units.ts'
import { textTable } from './text-table.ts'

export function renderStatus(status: AgentStatus, now: number): string {
  const { ready, failures, findings, issues } = status
  const sections: readonly (readonly [
    title: string,
    rows: readonly (readonly string[])[],
    head?: readonly string[],
  ])[] = [
    ['', renderHead(status, now)],
    [titleOfReasons(ready), ready.reasons.map(({ message }) => [message])],
    ['devices', status.devices.map(deviceRow), ['name', 'kind', 'mtu', 'port', 'legs', 'addresses']],
    ['peers', status.peers.map(peerRow), ['node', 'endpoint', 'handshake', 'received', 'sent', 'allowed IPs']],
    ['names', status.hostNames.map(hostNameRow), ['name', 'endpoint of', 'addresses', '']],
    ['routes', status.routes.map(({ table, to, target }) => [String(table), to, target]), ['table', 'to', 'target']],
    ['pods', status.pods.map(podRow), ['pod', 'link', 'addresses', '']],
    [
      'failing',
      failures.map(({ key, message, attempts }) => [key, `${attempts} tries`, message]),
      ['entry', 'tries', 'what the kernel said'],
    ],
    [
      `drift: ${status.drift.total} put back`,
      status.drift.latest.slice(0, 10).map(({ at, op, entry }) => [`${ageOf(at, now)} ago`, op, entry]),
    ],
    ['notes', [...findings, ...issues].map(({ severity, message }) => [severity, message])],
  ]
  return sections
    .filter(([, rows]) => rows.length > 0)
    .map(([title, rows, head]) =>
      [...(title === '' ? [] : [title]), textTable(rows, head, title === '' ? '' : '  ')].join('\n'),
    )
    .join('\n\n')
}

function titleOfReasons({ ready, converged }: AgentStatus['ready']): string {
  if (!ready) return 'not ready'
  return converged ? 'converged, but' : 'not converged'
}

const deviceRow = ({ name, kind, mtuBytes, listenPort, legs, addresses }: DeviceStatus): readonly string[] => [
  name,
  kind,
  String(mtuBytes),
  listenPort === undefined ? '-' : String(listenPort),
  legs === undefined ? '-' : legs.alive === legs.total ? String(legs.total) : `${legs.alive} alive of ${legs.total}`,
  addresses.join(' '),
]

const peerRow = (peer: PeerStatus): readonly string[] => [
  peer.node,
  peer.endpoint ?? '-',
  peer.secondsSinceHandshake === undefined ? 'never' : `${peer.secondsSinceHandshake} s ago`,
  formatBytes(peer.receivedBytes),
  formatBytes(peer.sentBytes),
  peer.allowedIps.join(' '),
]

const hostNameRow = ({ name, nodes, addresses, error }: HostNameStatus): readonly string[] => [
  name,
  nodes.join(' '),
  addresses.length === 0 ? '-' : addresses.join(' '),
  error ?? '',
]

const podRow = ({ name, containerId, link, addresses, hasLink }: PodStatus): readonly string[] => [
  name ?? containerId.slice(0, 12),
  link,
  addresses.join(' '),
  hasLink ? '' : 'its link is gone',
]
