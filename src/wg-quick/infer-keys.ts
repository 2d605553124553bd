// Keys of machines whose file does not have one, because a PostUp sets it: found by elimination.
import { containsAddress, type PublicKey } from '../model/index.ts'
import type { Config } from './config.ts'

/**
 * For each file without a key the one key of other files that belongs to nobody else and is allowed its address, by the longest
 * prefix; else undefined.
 */
export function inferKeys(
  configs: readonly Config[],
  known: readonly (PublicKey | undefined)[],
): readonly (PublicKey | undefined)[] {
  const taken = new Set(known.filter((key) => key !== undefined))
  const candidates = configs.map((config, index) =>
    known[index] === undefined ? claimsOf(config, configs, taken) : new Map<PublicKey, Claim>(),
  )
  return candidates.map((claims, index) => {
    const [best, second] = [...claims].sort(([, a], [, b]) => compareClaims(b, a))
    if (best === undefined || (second && compareClaims(best[1], second[1]) === 0)) return undefined
    const isWantedElsewhere = candidates.some((other, at) => {
      const claim = at === index ? undefined : other.get(best[0])
      return claim !== undefined && compareClaims(claim, best[1]) >= 0
    })
    return isWantedElsewhere ? undefined : best[0]
  })
}

/** The longest prefix with an address of the machine at that key, and in how many files it is as long. */
type Claim = { readonly length: number; readonly votes: number }

const compareClaims = (a: Claim, b: Claim): number => a.length - b.length || a.votes - b.votes

/** Of the keys that nobody has. Only the longest prefix of a file counts; whom the machine itself has as a peer it is not. */
function claimsOf(
  config: Config,
  configs: readonly Config[],
  taken: ReadonlySet<PublicKey>,
): ReadonlyMap<PublicKey, Claim> {
  const claims = new Map<PublicKey, Claim>()
  for (const other of configs) {
    if (other === config) continue
    const fits = other.peers
      .flatMap(({ publicKey, allowed }) =>
        allowed.map(({ value }) => ({ key: publicKey?.value, prefix: value.prefix })),
      )
      .filter(({ prefix }) => config.addresses.some(({ value }) => containsAddress(prefix, value.address)))
      .sort((a, b) => b.prefix.length - a.prefix.length)
    const [first] = fits
    if (first?.key === undefined || taken.has(first.key) || hasPeer(config, first.key)) continue
    const { length } = first.prefix
    const before = claims.get(first.key)
    if (before === undefined || before.length < length) claims.set(first.key, { length, votes: 1 })
    else if (before.length === length) claims.set(first.key, { length, votes: before.votes + 1 })
  }
  return claims
}

const hasPeer = ({ peers }: Config, key: PublicKey): boolean => peers.some(({ publicKey }) => publicKey?.value === key)
