// What the kernel refused, as a sentence for an operator.
import { type Change, type Entry, type Failure, formatAddress, formatPrefix } from '../model/index.ts'
import { lackOf } from './entry-lack.ts'
import { type Refusal, refusalText, tryRefusalOf } from './netlink/netlink-error.ts'
import { codeOf } from './system-error.ts'

export function refusalFailure(change: Change, refusal: Refusal): Failure {
  return { change, message: sentence(change, refusalText(refusal), refusal.code), code: refusal.code }
}

/** Of something thrown: by netlink, or by who says enough in its message. */
export function thrownFailure(change: Change, error: unknown): Failure {
  const refusal = tryRefusalOf(error)
  if (refusal !== undefined) return refusalFailure(change, refusal)
  const code = codeOf(error) ?? 'EUNKNOWN'
  const said = error instanceof Error ? error.message : String(error)
  return { change, message: sentence(change, said, code), code }
}

function sentence(change: Change, said: string, code: string): string {
  const advice = adviceFor(change, code)
  return `${tried(change)}: ${said}${advice && `; ${advice}`}`
}

/** What was to be deleted is gone already: nobody's failure. */
export const isGoneAlready = ({ op }: Change, code: string): boolean => op === 'delete' && GONE.has(code)
const GONE = new Set(['ENOENT', 'ESRCH', 'ENODEV', 'EADDRNOTAVAIL'])

const tried = ({ op, entry }: Change): string => `cannot ${op} ${describe(entry)}`

function describe(entry: Entry): string {
  switch (entry.kind) {
    case 'sysctl':
      return `sysctl ${entry.key} = ${entry.value}`
    case 'link':
      return `${entry.type.kind} link ${entry.name}`
    case 'address':
      return `address ${formatAddress(entry.address)} on ${entry.link}`
    case 'rule':
      return `IPv${entry.family} rule ${entry.preference}`
    case 'filter-table':
      return `packet filter table inet ${entry.name}`
    case 'wireguard-device':
      return `WireGuard device ${entry.link}`
    case 'wireguard-peer':
      return `WireGuard peer ${entry.publicKey} on ${entry.link}`
    case 'neighbour':
      return `neighbour ${formatAddress(entry.address)} on ${entry.link}`
    case 'fdb':
      return `forwarding entry ${entry.hardwareAddress} on ${entry.link}`
    case 'next-hop':
      return `next hop ${entry.id} over ${entry.link}`
    case 'next-hop-group':
      return `next-hop group ${entry.id}`
    case 'route':
      return `route ${formatPrefix(entry.to)} in table ${entry.table}`
  }
}

function adviceFor({ entry }: Change, code: string): string {
  if (code === 'EPERM') return 'run as root, or with CAP_NET_ADMIN'
  if (entry.kind === 'sysctl' && code === 'EROFS')
    return 'containers have /proc/sys read-only; mount the one of the machine at another place, and name that with --proc-sys'
  if (entry.kind === 'wireguard-device' && code === 'EADDRINUSE')
    return `another program has UDP port ${entry.listenPort}; see \`ss -ulnp 'sport = :${entry.listenPort}'\`, and end it or set another port`
  const lacking = lackOf(entry, code)
  if (lacking !== undefined) return lacking
  if (code !== 'EEXIST') return ''
  if (entry.kind === 'link' && entry.type.kind === 'ipip')
    return 'another IPIP device has the same local address; see `ip -d link show type ipip` and remove it'
  if (entry.kind === 'route') {
    const command = `ip ${entry.to.family === 6 ? '-6 ' : ''}route show table ${entry.table} ${formatPrefix(entry.to)}`
    return `another program's route stands there; see \`${command}\` and remove it`
  }
  return `another program has made one of the same name or number; remove it`
}
