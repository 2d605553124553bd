// A WireGuard device as `wg showconf` prints it. Whose private key it has is told by the public half, in a comment, so
// that the text stays one that `wg addconf` accepts.
import { formatEndpoint, formatPrefix, type WireguardDevice, type WireguardPeer } from '../model/index.ts'
import { formatMark } from './kernel-names.ts'

export function formatWireguardDevice({ publicKey, listenPort, mark }: WireguardDevice): string {
  const lines = ['[Interface]', `# PublicKey = ${publicKey}`, `ListenPort = ${listenPort}`]
  if (mark !== 0) lines.push(`FwMark = ${formatMark(mark)}`)
  return lines.join('\n')
}

export function formatWireguardPeer({ publicKey, allowedIps, endpoint, keepaliveSeconds }: WireguardPeer): string {
  const lines = ['[Peer]', `PublicKey = ${publicKey}`]
  if (allowedIps.length > 0) lines.push(`AllowedIPs = ${allowedIps.map(formatPrefix).join(', ')}`)
  if (endpoint !== undefined) lines.push(`Endpoint = ${formatEndpoint(endpoint)}`)
  if (keepaliveSeconds !== 0) lines.push(`PersistentKeepalive = ${keepaliveSeconds}`)
  return lines.join('\n')
}
