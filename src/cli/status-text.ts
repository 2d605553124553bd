// An agent's status as tables.
import type { AgentStatus, PeerStatus } from '../agent/index.ts'

export function renderStatus(status: AgentStatus, now: number): string {
  const { ready, failures, findings, issues } = status
  const sections: readonly (readonly [
    title: string,
    rows: readonly (readonly string[])[],
    head?: readonly string[],
  ])[] = [
    ['', renderHead(status, now)],
    [ready.ready ? 'not converged' : 'not ready', ready.reasons.map(({ message }) => [message])],
    ['devices', status.devices.map(deviceRow), ['name', 'kind', 'mtu', 'port', 'addresses']],
    ['peers', status.peers.map(peerRow), ['node', 'endpoint', 'handshake', 'received', 'sent', 'allowed IPs']],
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
      [...(title === '' ? [] : [title]), table(rows, head, title === '' ? '' : '  ')].join('\n'),
    )
    .join('\n\n')
}

function renderHead(status: AgentStatus, now: number): readonly (readonly string[])[] {
  const { world, store, underlay } = status
  return [
    ['node', `${status.node}${status.site === undefined ? '' : `, ${status.role} of site ${status.site}`}`],
    ['ready', status.ready.ready ? 'yes' : 'no'],
    ['converged', status.ready.converged ? 'yes' : 'no'],
    ['public key', status.publicKey],
    ['wireguard', status.wireguard],
    [
      'underlay',
      underlay === undefined
        ? 'no link holds a private address of this node'
        : `${underlay.link}${underlay.mtuBytes === undefined ? '' : `, ${underlay.mtuBytes} bytes`}`,
    ],
    ['world', `${world.revision ?? 'none'} from ${world.source}, ${world.nodes} nodes`],
    ['store', `${store.kind} for ${ageOf(store.since, now)}${'message' in store ? `: ${store.message}` : ''}`],
    ['running for', ageOf(status.startedAt, now)],
    ...(status.error === undefined ? [] : [['error', status.error]]),
  ]
}

const deviceRow = ({
  name,
  kind,
  mtuBytes,
  listenPort,
  addresses,
}: AgentStatus['devices'][number]): readonly string[] => [
  name,
  kind,
  String(mtuBytes),
  listenPort === undefined ? '-' : String(listenPort),
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

const podRow = ({ name, containerId, link, addresses, hasLink }: AgentStatus['pods'][number]): readonly string[] => [
  name ?? containerId.slice(0, 12),
  link,
  addresses.join(' '),
  hasLink ? '' : 'its link is gone',
]

/** Columns as wide as they must be; the last one is not padded. */
function table(rows: readonly (readonly string[])[], head: readonly string[] | undefined, indent: string): string {
  const lines = head === undefined ? rows : [head, ...rows]
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) => `${indent}${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n')
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export function formatBytes(bytes: number): string {
  const unit = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${unit === 0 ? bytes : (bytes / 1024 ** unit).toFixed(1)} ${UNITS[unit]}`
}

function ageOf(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000))
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
