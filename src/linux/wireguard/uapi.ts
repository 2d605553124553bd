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
  tryPrefix,
} from '../../model/index.ts'
import { type DeviceSettings, type DeviceState, NO_KEY, type PeerSettings, type PeerState } from './device-settings.ts'
import { keyBytes, publicKeyOf } from './key-pair.ts'
import { ALLOWED_IP, type AllowedIpRun, type KnownAllowedIps, rememberAllowedIps } from './known-allowed-ips.ts'

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

type Writable<T> = { -readonly [K in keyof T]: T[K] }
type PeerBeingRead = Writable<PeerState>

/** Of one device: allowed IPs that are told as they were at its last reading are the very same list. */
export function createDeviceReader(): (answer: string) => DeviceState {
  const known = rememberAllowedIps()
  return (answer) => {
    const device = readDevice(answer, known)
    known.end()
    return device
  }
}

/** Reads the answer to `GET`. Lines of unknown names are passed over. */
export const decodeDevice = (answer: string): DeviceState => createDeviceReader()(answer)

function readDevice(answer: string, known: KnownAllowedIps): DeviceState {
  const device: Writable<Omit<DeviceState, 'peers'>> = { listenPort: 0, mark: 0 }
  const peers: PeerBeingRead[] = []
  let peer: PeerBeingRead | undefined
  for (let at = 0, number = 1; at < answer.length; ) {
    if (peer !== undefined && answer.startsWith(ALLOWED_IP, at)) {
      const { publicKey, allowedIps }: PeerBeingRead = peer
      const run = known.find(publicKey, answer, at) ?? known.keep(publicKey, readRun(answer, at, number))
      peer.allowedIps = allowedIps.length === 0 ? run.prefixes : [...allowedIps, ...run.prefixes].sort(comparePrefixes)
      at += run.text.length
      number += run.lines
      continue
    }
    const end = endOfLine(answer, at)
    const line = answer.slice(at, end)
    const equals = line.indexOf('=')
    const [name, value] = [line.slice(0, equals), line.slice(equals + 1)]
    if (name === 'public_key' && equals > 0) {
      peer = tryPeer(value)
      if (peer === undefined) throw malformed(number, name)
      peers.push(peer)
    } else if (line !== '') {
      const isRead = equals > 0 && (peer ? readPeerLine(peer, name, value) : readLine(device, name, value))
      if (!isRead) throw malformed(number, equals > 0 ? name : 'no name')
    }
    at = end + 1
    number++
  }
  return { ...device, peers }
}

function endOfLine(answer: string, at: number): number {
  const end = answer.indexOf('\n', at)
  return end < 0 ? answer.length : end
}

/** `number`: of the first line. */
function readRun(answer: string, from: number, number: number): AllowedIpRun {
  const prefixes: Prefix[] = []
  let at = from
  while (answer.startsWith(ALLOWED_IP, at)) {
    const end = endOfLine(answer, at)
    const prefix = tryPrefix(answer.slice(at + ALLOWED_IP.length, end))
    if (prefix === undefined) throw malformed(number + prefixes.length, 'allowed_ip')
    prefixes.push(prefix)
    at = end + 1
  }
  return { text: answer.slice(from, at), prefixes: prefixes.sort(comparePrefixes), lines: prefixes.length }
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

function tryPeer(value: string): PeerBeingRead | undefined {
  const key = tryBase64(value)
  if (key === undefined) return undefined
  const publicKey = key as PublicKey
  return { publicKey, allowedIps: [], keepaliveSeconds: 0, lastHandshake: 0, receivedBytes: 0, sentBytes: 0 }
}

function readPeerLine(peer: PeerBeingRead, name: string, value: string): boolean {
  switch (name) {
    case 'endpoint': {
      const endpoint = tryEndpoint(value)
      if (endpoint) peer.endpoint = endpoint
      return endpoint !== undefined
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
