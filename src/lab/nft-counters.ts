// Reads the named counters of one table from nft's JSON.

export type NftCounter = { readonly packets: number; readonly bytes: number }

/** By name. Throws where the text is not what `nft -j list counters` prints. */
export function parseCounters(json: string, table: string): Map<string, NftCounter> {
  const found = new Map<string, NftCounter>()
  for (const { counter } of objectsOf(json)) {
    if (!isCounter(counter)) continue
    if (counter.table === table) found.set(counter.name, { packets: counter.packets, bytes: counter.bytes })
  }
  return found
}

export function objectsOf(json: string): readonly Record<string, unknown>[] {
  const parsed: { nftables?: unknown } = JSON.parse(json)
  if (!Array.isArray(parsed.nftables)) throw new Error(`nft's JSON has no list "nftables": ${json.slice(0, 80)}`)
  return parsed.nftables
}

const isCounter = (value: unknown): value is NftCounter & { table: string; name: string } =>
  typeof value === 'object' &&
  value !== null &&
  'table' in value &&
  'name' in value &&
  'packets' in value &&
  'bytes' in value
