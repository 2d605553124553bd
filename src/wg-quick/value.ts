// Values as `wg setconf` reads them (wireguard-tools, config.c). Each gives the value, or a sentence in place of it.
import {
  type Address,
  FAMILY_BITS,
  formatAddress,
  formatPrefix,
  missingKey,
  type PublicKey,
  prefixOf,
  tryAddress,
  tryPublicKey,
} from '../model/index.ts'
import type { AllowedPrefix, ConfigAddress, PeerEndpoint } from './config.ts'

export type Read<Value> = { readonly value: Value; readonly remark?: string } | { readonly problem: string }

export const isProblem = (read: Read<unknown>): read is { readonly problem: string } => 'problem' in read

/** Canonical base64 of 32 bytes. The text is not said again: it may be a private key with a typing error. */
export function readKey(text: string): Read<PublicKey> {
  const key = tryPublicKey(text)
  if (key !== undefined) return { value: key }
  const length = text.length === 44 ? '' : `; it has ${text.length} characters`
  return { problem: `is not a key: a key is 32 bytes in base64, 44 characters of which the last is "="${length}` }
}

/** As `readKey`; or the `?n1` that `damask render wg-quick` writes where it does not know the key of n1. */
export const readPublicKey = (text: string): Read<PublicKey> =>
  isPlaceholder(text) ? { value: missingKey(text.slice(1)) } : readKey(text)

export const isPlaceholder = (key: string): boolean => /^\?[\w.-]+$/.test(key)

/** `wg` takes a larger number modulo 65536, which nobody means. */
export function readPort(text: string, least = 0): Read<number> {
  if (!isPort(text) || Number(text) < least)
    return { problem: `"${text}" is not a UDP port; write a number from ${least} to 65535` }
  return { value: Number(text) }
}

const isPort = (text: string): boolean => /^\d+$/.test(text) && Number(text) <= 65535

export function readKeepalive(text: string): Read<number> {
  if (text.toLowerCase() === 'off') return { value: 0 }
  if (/^\d+$/.test(text) && Number(text) <= 65535) return { value: Number(text) }
  return { problem: `"${text}" is neither off nor a number of seconds from 0 to 65535` }
}

export function readFwMark(text: string): Read<number> {
  if (text.toLowerCase() === 'off') return { value: 0 }
  if (/^(\d+|0x[0-9A-Fa-f]+)$/.test(text) && Number(text) <= 0xffff_ffff) return { value: Number(text) }
  return { problem: `"${text}" is neither off nor a mark from 0 to 0xffffffff` }
}

/** `203.0.113.1:51820`, `[2001:db8::1]:51820`, `vpn.example.com:51820`; the last colon ends a host without brackets. */
export function readEndpoint(text: string): Read<PeerEndpoint> {
  const match = /^\[([^\]]*)\]:(.+)$/.exec(text) ?? (text.startsWith('[') ? null : /^(.*):([^:]+)$/.exec(text))
  const [, host = '', portText = ''] = match ?? []
  if (host === '')
    return {
      problem: `"${text}" is not an endpoint; write 203.0.113.1:51820, [2001:db8::1]:51820 or a name and a port`,
    }
  const port = readPort(portText, 1)
  if (isProblem(port)) return port
  const address = tryAddress(host)
  const bare = tryAddress(text)
  if (address === undefined && bare?.family === 6)
    return { problem: `"${text}" is an address without a port; write [${formatAddress(bare)}]:51820` }
  if (address === undefined && /[^A-Za-z0-9._-]/.test(host))
    return { problem: `"${host}" is neither an address nor a name of a host` }
  return { value: { host: host.toLowerCase(), address, port: port.value } }
}

/** One entry of AllowedIPs: an address stands for itself alone; host bits are cut off with a remark, as `wg` does. */
export function readAllowed(text: string): Read<AllowedPrefix> {
  const isRemoved = text.startsWith('-')
  const read = readNetwork(text.replace(/^[+-]/, ''))
  if (isProblem(read)) return read
  const { address, network } = read.value
  const hasHostBits = formatPrefix({ ...address, length: network.length }) !== formatPrefix(network)
  const remark = `${text} has host bits set; wg takes it as ${formatPrefix(network)}`
  return { value: { prefix: network, isRemoved }, ...(hasHostBits && { remark }) }
}

/** An address with or without a length, as AllowedIPs and Address have it. */
export function readNetwork(text: string): Read<ConfigAddress> {
  const [addressText = '', lengthText, ...rest] = text.split('/')
  const address: Address | undefined = tryAddress(addressText)
  if (address === undefined) return { problem: `"${text}" is not an IP address or prefix` }
  const most = FAMILY_BITS[address.family]
  const length = lengthText === undefined ? most : Number(lengthText)
  if (rest.length > 0 || (lengthText !== undefined && !/^\d+$/.test(lengthText)) || length > most)
    return { problem: `"${text}" is not a prefix: its length is a number from 0 to ${most}` }
  return { value: { address, network: prefixOf(address, length) } }
}

/** Bytes, as `ip link set mtu` takes them. */
export function readMtu(text: string): Read<number> {
  if (/^\d+$/.test(text) && Number(text) >= 68 && Number(text) <= 65535 - 80) return { value: Number(text) }
  return { problem: `"${text}" is not an MTU; write a number of bytes, as 1420` }
}

/** wg-quick compares in this case alone: `Off` is to it the name of a table. */
export function readTable(text: string): Read<string> {
  if (text === 'off' || text === 'auto' || /^[\w.-]+$/.test(text)) {
    const lower = text.toLowerCase()
    if (text !== lower && (lower === 'off' || lower === 'auto'))
      return { problem: `"${text}" is to wg-quick the name of a table; write ${lower}` }
    return { value: text }
  }
  return { problem: `"${text}" is not a routing table; write off, auto or the number of one` }
}
