// Prefixes by their text. wireguard-go tells all allowed IPs at every reading, thousands of them every five seconds: to read them
// anew each time was the largest part of a settled agent's CPU time.
import { type Prefix, tryPrefix } from '../../model/index.ts'

/** More than a device has: what is beyond is left over from others that are gone. */
const MOST_TEXTS = 50_000

export function rememberPrefixes(): (text: string) => Prefix | undefined {
  const known = new Map<string, Prefix>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const prefix = tryPrefix(text)
    if (known.size >= MOST_TEXTS) known.clear()
    // A copy: what was cut out of an answer would keep all of that answer in memory.
    if (prefix !== undefined) known.set(Buffer.from(text).toString(), prefix)
    return prefix
  }
}
