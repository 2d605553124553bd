// A proof after a small change: pairs that read nothing of what changed fare as before, and the others are walked.
import type { NetworkInput } from '../compiled-network.ts'
import { affectedBy } from './affected.ts'
import { changedEnds } from './changed-ends.ts'
import { type Changes, findChanges } from './changes.ts'
import { type Origin, type Proof, proveNetwork } from './prove.ts'
import { walkAffected } from './walk-affected.ts'

/**
 * The same answers as `proveNetwork(input)`, at a cost of about what changed since the last whole proof. Whatever cannot be followed
 * up is proved as a whole: `isWhole` of the result says so.
 */
export const reproveNetwork = (before: Proof, input: NetworkInput): Proof =>
  proofOfChange(before.origin, input) ?? proveNetwork(input)

function proofOfChange(origin: Origin, input: NetworkInput): Proof | undefined {
  const changes = findChanges(origin.read.input, input)
  if (changes === undefined) return undefined
  if (isEmpty(changes)) return origin.proof
  if (origin.network.visits.isEntangled) return undefined
  const affected = affectedBy(origin, changes)
  const ends = affected && changedEnds(origin.read, input, affected)
  return ends && walkAffected(origin, input, { ...affected, ends, isSame: isSameIn(origin, changes) })
}

const isEmpty = ({ parts, pods, gatewayAddresses, hidden }: Changes): boolean =>
  parts.size === 0 && pods.size === 0 && gatewayAddresses.size === 0 && hidden === undefined

/** Machines that hold what they held, by name. */
function isSameIn({ read }: Origin, { parts, pods, gatewayAddresses }: Changes): (name: string) => boolean {
  const { names } = read.base
  const changed = new Set([...parts.keys(), ...pods.keys(), ...gatewayAddresses.keys()].map((one) => names[one]))
  return (name) => !changed.has(name)
}
