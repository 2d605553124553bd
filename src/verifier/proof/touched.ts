// Whose addresses a change is about: their ends fare differently, and all other packets look up nothing of it.
import { containsAddress, FAMILY_BITS, formatPrefix, type Prefix } from '../../model/index.ts'
import { OUTSIDE } from './ends.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Places, placesIn } from './places.ts'
import type { Regions } from './regions.ts'
import { NOBODY } from './things.ts'

/** More machines than this are quicker proved with all others. */
const MOST_MACHINES = 8

export type Touched = {
  readonly machines: ReadonlySet<number>
  /** Of these, those whose packets are other ones, or to whom packets of others may be sent. */
  readonly altered: ReadonlySet<number>
  /** It says more than can be followed up. */
  readonly isTooMuch: () => boolean
  readonly giveUp: () => void
  readonly alter: (machine: number) => void
  /** Addresses that `claimant` takes for its own, or anybody looks up otherwise than before. */
  readonly touch: (prefix: Prefix, claimant?: number) => void
  /** A prefix that cuts an owner's in two, or did. */
  readonly cut: (prefix: Prefix) => void
  /** Whether it stands inside of what a machine has, and not this one. */
  readonly isInside: (prefix: Prefix, own?: number) => boolean
}

export function createTouched(regions: Regions, machineCount: number): Touched {
  const places = placesIn(regions)
  const machines = new Set<number>()
  const altered = new Set<number>()
  const done = new Set<string>()
  let isTooMuch = false
  const giveUp = (): void => {
    isTooMuch = true
  }
  const ownersAround = (prefix: Prefix): readonly number[] =>
    places
      .around(prefix)
      .map((at) => ownerAt(regions, at))
      .filter((owner) => owner !== NOBODY)
  return {
    machines,
    altered,
    isTooMuch: () => isTooMuch || machines.size > MOST_MACHINES,
    giveUp,
    alter: (machine) => {
      machines.add(machine)
      altered.add(machine)
    },
    touch: (prefix, claimant) => {
      const key = `${formatPrefix(prefix)} ${claimant}`
      if (done.has(key) || isTooMuch) return
      done.add(key)
      if (OUTSIDE[prefix.family].some((one) => containsAddress(prefix, one))) return giveUp()
      for (const owner of ownersAround(prefix)) machines.add(owner)
      const { start, end } = places.inside(prefix)
      for (let at = start; at < end && machines.size <= MOST_MACHINES; at++) {
        const owner = ownerAt(regions, at)
        if (owner >= machineCount) return giveUp()
        if (owner !== NOBODY) machines.add(owner)
        if (!isKnownWell(regions, places, prefix, at)) return giveUp()
        if (owner !== NOBODY && isHost(places.prefixAt(at))) altered.add(owner)
      }
      if (claimant === undefined) return
      machines.add(claimant)
      for (let at = start; at < end; at++) if (isOthers(ownerAt(regions, at), claimant)) return giveUp()
      if (ownersAround(prefix).some((owner) => isOthers(owner, claimant))) giveUp()
    },
    cut: (prefix) => {
      for (const owner of ownersAround(prefix)) machines.add(owner)
    },
    isInside: (prefix, own) => ownersAround(prefix).some((owner) => owner !== own),
  }
}

const ownerAt = ({ things, tree }: Regions, position: number): number => things.owner(tree.order[position] ?? -1)
const isHost = ({ family, length }: Prefix): boolean => length === FAMILY_BITS[family]
const isOthers = (owner: number, claimant: number): boolean => owner !== NOBODY && owner !== claimant

/** Addresses of machines in the network of pods: by all others they are reached on the way, from wherever. */
const POD_ADDRESSES = new Set(['gateway 4', 'gateway 6', 'on damask0'].map(fingerprintOf))

/** It is a machine's and no other's, and no address by which machines are reached below the network. */
function isKnownWell({ things, tree }: Regions, { prefixAt }: Places, prefix: Prefix, position: number): boolean {
  const thing = tree.order[position] ?? -1
  if (things.isDisputed(thing) || things.networkOf(thing) !== undefined) return false
  const own = prefixAt(position)
  if (things.owner(thing) === NOBODY) return own.length === prefix.length && !isHost(own)
  return !isHost(own) || POD_ADDRESSES.has(things.role(thing))
}
