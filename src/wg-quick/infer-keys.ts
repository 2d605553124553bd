// Keys of machines whose file does not have one, because a PostUp sets it: found by elimination.
import { containsAddress, type PublicKey } from '../model/index.ts'
import type { Config } from './config.ts'

/** For each file without a key the one key of other files that belongs to nobody else and is allowed its address; else undefined. */
export function inferKeys(
  configs: readonly Config[],
  known: readonly (PublicKey | undefined)[],
): readonly (PublicKey | undefined)[] {
  const taken = new Set(known.filter((key) => key !== undefined))
  const candidates = configs.map((config, index) =>
    known[index] === undefined ? votesFor(config, configs, taken) : new Map<PublicKey, number>(),
  )
  return candidates.map((votes, index) => {
    const [best, second] = [...votes].sort(([, a], [, b]) => b - a)
    if (best === undefined || best[1] === second?.[1]) return undefined
    const isWantedElsewhere = candidates.some((other, at) => at !== index && (other.get(best[0]) ?? 0) >= best[1])
    return isWantedElsewhere ? undefined : best[0]
  })
}

/** How many files give an address of this one to a key that nobody has. Only the longest prefix of a file counts. */
function votesFor(
  config: Config,
  configs: readonly Config[],
  taken: ReadonlySet<PublicKey>,
): ReadonlyMap<PublicKey, number> {
  const votes = new Map<PublicKey, number>()
  for (const other of configs) {
    if (other === config) continue
    const fits = other.peers
      .flatMap(({ publicKey, allowed }) =>
        allowed.map(({ value }) => ({ key: publicKey?.value, prefix: value.prefix })),
      )
      .filter(({ prefix }) => config.addresses.some(({ value }) => containsAddress(prefix, value.address)))
      .sort((a, b) => b.prefix.length - a.prefix.length)
    const key = fits[0]?.key
    if (key !== undefined && !taken.has(key)) votes.set(key, (votes.get(key) ?? 0) + 1)
  }
  return votes
}
