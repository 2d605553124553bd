// SHA-256 of what is proved, for certificates.
import { createHash } from 'node:crypto'
import type { Entry } from '../../model/index.ts'
import type { NetworkInput } from '../../verifier/index.ts'

/** Parts that many states share are read once. */
export function inputHashes({ states, underlay, facts }: NetworkInput): Readonly<Record<string, string>> {
  const known = new Map<readonly Entry[], string>()
  const hashOfPart = (part: readonly Entry[]): string => {
    const hash = known.get(part) ?? hashOf(part)
    known.set(part, hash)
    return hash
  }
  const whole = createHash('sha256')
  for (const { node, gatewayAddresses, parts } of states)
    whole.update(JSON.stringify([node, gatewayAddresses, parts.map(hashOfPart)]))
  return {
    states: whole.digest('hex'),
    underlay: hashOf({ ...underlay, hosts: [...underlay.hosts], networks: [...underlay.networks] }),
    pods: hashOf({
      hidden: facts.hidden,
      machines: [...facts.machines].map(([name, { podPrefixes }]) => [name, podPrefixes]),
    }),
  }
}

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')
