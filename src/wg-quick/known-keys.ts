// The settings that `wg setconf` knows, and what to say of others.
import { hint, nearestName } from '../model/index.ts'
import { type ConfigLine, QUICK_KEYS } from './config-line.ts'

const INTERFACE_KEYS = ['PrivateKey', 'ListenPort', 'FwMark']
const PEER_KEYS = ['PublicKey', 'PresharedKey', 'AllowedIPs', 'Endpoint', 'PersistentKeepalive']

/** True of a setting of one's own machine, in any case. */
export const isOfInterface = (key: string): boolean =>
  [...INTERFACE_KEYS, ...QUICK_KEYS].some((known) => known.toLowerCase() === key.toLowerCase())

/** Which setting a line is meant to be that is none: `PrivateKey: …`, `ListenProt`. */
export function meantKey(key: string): string | undefined {
  const known = [...INTERFACE_KEYS, ...QUICK_KEYS, ...PEER_KEYS]
  const lower = key.toLowerCase()
  return known.find((one) => lower.startsWith(one.toLowerCase())) ?? nearestName(key, known)
}

/** True of a setting of `wg`, in any case. */
export const isKnown = (key: string): boolean =>
  [...INTERFACE_KEYS, ...PEER_KEYS].some((known) => known.toLowerCase() === key.toLowerCase())

/** What is wrong with a line that belongs to neither section's settings, and what to write. */
export function unrecognized({ key, hasValue }: ConfigLine, isInterface: boolean): [what: string, write?: string] {
  const is = (known: string): boolean => known.toLowerCase() === key.toLowerCase()
  if (!hasValue) return [`"${key}" is no line that wg knows`, 'KEY = VALUE, or # before a comment']
  if (isInterface && PEER_KEYS.some(is)) return [`${key} is a setting of a peer`, 'the line [Peer] above it']
  if (!isInterface && [...INTERFACE_KEYS, ...QUICK_KEYS].some(is))
    return [`${key} is a setting of the interface, and stands in a [Peer]`, 'it below [Interface]']
  const known = isInterface ? [...INTERFACE_KEYS, ...QUICK_KEYS] : PEER_KEYS
  return [`${key} is no setting that wg or wg-quick knows${hint(key, known)}`]
}
