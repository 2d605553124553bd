// The allowed IPs of peers by the text in which wireguard-go tells them. It tells all of them at every reading, thousands of lines every
// five seconds: to read each of them anew was the largest part of a settled agent's CPU time.
import type { Prefix, PublicKey } from '../../model/index.ts'

/** Lines that follow each other, and what they say, ascending. */
export type AllowedIpRun = { readonly text: string; readonly prefixes: readonly Prefix[]; readonly lines: number }

export type KnownAllowedIps = {
  /** The run of this peer, where the answer has just that at this place. */
  readonly find: (peer: PublicKey, answer: string, at: number) => AllowedIpRun | undefined
  readonly keep: (peer: PublicKey, run: AllowedIpRun) => AllowedIpRun
  /** An answer was read to its end: peers that were neither found nor kept since the last time are gone. */
  readonly end: () => void
}

export const ALLOWED_IP = 'allowed_ip='

export function rememberAllowedIps(): KnownAllowedIps {
  let known: ReadonlyMap<PublicKey, AllowedIpRun> = new Map()
  let met = new Map<PublicKey, AllowedIpRun>()
  return {
    find(peer, answer, at) {
      const run = known.get(peer)
      const isSame =
        run !== undefined && answer.startsWith(run.text, at) && !answer.startsWith(ALLOWED_IP, at + run.text.length)
      if (!isSame) return undefined
      met.set(peer, run)
      return run
    },
    keep(peer, run) {
      // A copy: what was cut out of an answer would keep all of that answer in memory.
      const kept = { ...run, text: Buffer.from(run.text).toString() }
      met.set(peer, kept)
      return kept
    },
    end() {
      known = met
      met = new Map()
    },
  }
}
