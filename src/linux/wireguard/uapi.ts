// The text protocol of wireguard-go, both ways: https://www.wireguard.com/xplatform/#configuration-protocol
// No error says what stands in a line: it may be a private key.
import {
  comparePrefixes,
  type Endpoint,
  formatEndpoint,
  formatPrefix,
  type Prefix,
  type PublicKey,
  tryAddress,
} from '../../model/index.ts'
import { type DeviceSettings, type DeviceState, NO_KEY, type PeerSettings, type PeerState } from './device-settings.ts'
import { keyBytes, publicKeyOf } from './key-pair.ts'
import { rememberPrefixes } from './known-prefixes.ts'

export const GET = 'get=1\n\n'

export function encodeSet({ privateKey, listenPort, mark, peers }: DeviceSettings): string {
  const lines = ['set=1']
  if (privateKey !== undefined) lines.push(`private_key=${toHex(privateKey)}`)
  if (listenPort !== undefined) lines.push(`listen_port=${listenPort}`)
  if (mark !== undefined) lines.push(`fwmark=${mark}`)
  for (const peer of peers) pushPeer(lines, peer)
  return `${lines.join('\n')}\n\n`
}

function pushPeer(lines: string[], peer: PeerSettings): void {
  lines.push(`public_key=${toHex(peer.publicKey)}`)
  if (peer.remove) {
    lines.push('remove=true')
    return
  }
  if (peer.updateOnly) lines.push('update_only=true')
  if (peer.endpoint) lines.push(`endpoint=${formatEndpoint(peer.endpoint)}`)
  if (peer.keepaliveSeconds !== undefined) lines.push(`persistent_keepalive_interval=${peer.keepaliveSeconds}`)
  if (peer.replaceAllowedIps) lines.push('replace_allowed_ips=true')
  for (const prefix of peer.allowedIps ?? []) lines.push(`allowed_ip=${formatPrefix(prefix)}`)
  // wireguard-go ≥ 0.0.20250522; EINVAL before
  for (const prefix of peer.removedIps ?? []) lines.push(`allowed_ip=-${formatPrefix(prefix)}`)
}

/** True when the whole answer is there. */
export const isWhole = (answer: string): boolean => answer.endsWith('\n\n')

/** A positive errno, 0: done. */
export function errnoOf(answer: string): number {
  const number = /(?:^|\n)errno=(-?\d{1,9})\n\n$/.exec(answer)?.[1]
  if (number === undefined) throw malformed(answer.split('\n').length, 'errno')
  return Math.abs(Number(number))
}

const knownPrefix = rememberPrefixes()

type Writable<T> = { -readonly [K in keyof T]: T[K] }
type PeerBeingRead = Writable<PeerState> & { readonly allowedIps: Prefix[] }

/** Reads the answer to `GET`. Lines of unknown names are passed over. */
export function decodeDevice(answer: string): DeviceState {
  const device: Writable<Omit<DeviceState, 'peers'>> = { listenPort: 0, mark: 0 }
  const peers: PeerBeingRead[] = []
  for (const [index, line] of answer.split('\n').entries()) {
    if (line === '') continue
    const equals = line.indexOf('=')
    const [name, value] = [line.slice(0, equals), line.slice(equals + 1)]
    const peer = peers.at(-1)
    const isRead =
      equals > 0 &&
      (name === 'public_key'
        ? readPeer(peers, value)
        : peer
          ? readPeerLine(peer, name, value)
          : readLine(device, name, value))
    if (!isRead) throw malformed(index + 1, equals > 0 ? name : 'no name')
  }
  for (const { allowedIps } of peers) allowedIps.sort(comparePrefixes)
  return { ...device, peers }
}

function readLine(device: Writable<Omit<DeviceState, 'peers'>>, name: string, value: string): boolean {
  switch (name) {
    case 'private_key': {
      const key = tryBase64(value)
      if (key !== undefined && key !== NO_KEY) device.publicKey = publicKeyOf(key)
      return key !== undefined
    }
    case 'listen_port':
      return readNumber(value, 0xffff, (port) => {
        device.listenPort = port
      })
    case 'fwmark':
      return readNumber(value, 0xffff_ffff, (mark) => {
        device.mark = mark
      })
    default:
      return true
  }
}

function readPeer(peers: PeerBeingRead[], value: string): boolean {
  const key = tryBase64(value)
  if (key === undefined) return false
  const publicKey = key as PublicKey
  peers.push({ publicKey, allowedIps: [], keepaliveSeconds: 0, lastHandshake: 0, receivedBytes: 0, sentBytes: 0 })
  return true
}

function readPeerLine(peer: PeerBeingRead, name: string, value: string): boolean {
  switch (name) {
    case 'endpoint': {
      const endpoint = tryEndpoint(value)
      if (endpoint) peer.endpoint = endpoint
      return endpoint !== undefined
    }
    case 'allowed_ip': {
      const prefix = knownPrefix(value)
      if (prefix) peer.allowedIps.push(prefix)
      return prefix !== undefined
    }
    case 'persistent_keepalive_interval':
      return readNumber(value, 0xffff, (seconds) => {
        peer.keepaliveSeconds = seconds
      })
    case 'last_handshake_time_sec':
      return readNumber(value, Number.MAX_SAFE_INTEGER, (seconds) => {
        peer.lastHandshake = seconds
      })
    case 'rx_bytes':
      return readNumber(value, Number.MAX_SAFE_INTEGER, (count) => {
        peer.receivedBytes = count
      })
    case 'tx_bytes':
      return readNumber(value, Number.MAX_SAFE_INTEGER, (count) => {
        peer.sentBytes = count
      })
    default:
      return true
  }
}

function readNumber(value: string, most: number, take: (number: number) => void): boolean {
  const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN
  if (!(number <= most)) return false
  take(number)
  return true
}

/** `192.0.2.1:51820`, `[2001:db8::1]:51820`; a link-local one with its link behind `%`, which we have no place for. */
function tryEndpoint(text: string): Endpoint | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]%]+)(?:%[^\]]*)?\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
  const address = tryAddress(bracketed ?? plain ?? '')
  return address && Number(port) <= 0xffff ? { address, port: Number(port) } : undefined
}

const toHex = (key: string): string => keyBytes(key).toString('hex')
const tryBase64 = (hex: string): string | undefined =>
  /^[0-9a-f]{64}$/i.test(hex) ? Buffer.from(hex, 'hex').toString('base64') : undefined

const malformed = (line: number, name: string): Error & { readonly code: string } =>
  Object.assign(new Error(`cannot read the answer of wireguard-go: line ${line} (${name}) is malformed`), {
    code: 'EBADMSG',
  })
