// Which blocks of machines stand for each other: two are twins where changing places with all that is theirs changes no fact. Then
// every packet of one has a packet of the other that fares alike. What is not proved alike is kept apart.
import { type Cells, emptyCells, notUniform, oddGroups } from './cells.ts'
import { coversOf } from './covers.ts'
import { add, type Fingerprint, fingerprintOf, mix, multiply, subtract } from './fingerprint.ts'
import type { Regions } from './regions.ts'
import { createSums } from './sums.ts'
import { NOBODY, type Thing } from './things.ts'

export type Blocks = {
  /** Of every machine, -1 where it is left out: facts that are about such ones alone do not count. */
  readonly blockOf: Int32Array
  /** What it is in its block. */
  readonly roleOf: Float64Array
  /** Of every block: those that may be alike. */
  readonly start: Int32Array
}

/** Of every block its class. */
export function findTwins(regions: Regions, blocks: Blocks): Int32Array {
  let classOf: Int32Array = Int32Array.from(blocks.start)
  for (;;) {
    const { profiles, cells, strange } = readFacts(regions, blocks, classOf)
    const split = splitBy(classOf, (block) => `${classOf[block]} ${profiles[block]}`)
    if (split.count > new Set(classOf).size) {
      classOf = split.classOf
      continue
    }
    const isAlone = (block: number): boolean => cells.get(classOf[block] ?? -1) === undefined
    const apart = new Map<number, string>()
    const setApart = (block = -1, place = `alone ${block}`): void => void apart.set(block, apart.get(block) ?? place)
    for (const block of strange) if (!isAlone(block)) setApart(block)
    for (const matrix of cells.values()) {
      const odd = notUniform(matrix)
      for (const group of odd.length === 0 ? [] : oddGroups(matrix))
        for (const index of group) setApart(matrix.members[index], `with ${matrix.members[group[0] ?? -1]}`)
      for (const index of odd) setApart(matrix.members[index])
    }
    if (apart.size === 0) return classOf
    classOf = splitBy(classOf, (block) => apart.get(block) ?? `${classOf[block]}`).classOf
  }
}

/** Whether the classes of `start` are such: read once, where finding them takes several readings. */
export function areTwins(regions: Regions, blocks: Blocks): boolean {
  const { profiles, cells, strange } = readFacts(regions, blocks, blocks.start)
  for (const { members } of cells.values())
    if (members.some((block) => strange.has(block) || profiles[block] !== profiles[members[0] ?? -1])) return false
  return [...cells.values()].every((matrix) => notUniform(matrix).length === 0)
}

function splitBy(classOf: Int32Array, keyOf: (block: number) => string): { classOf: Int32Array; count: number } {
  const kinds = new Map<string, number>()
  const split = classOf.map((_, block) => {
    const key = keyOf(block)
    const known = kinds.get(key)
    if (known !== undefined) return known
    kinds.set(key, kinds.size)
    return kinds.size - 1
  })
  return { classOf: split, count: kinds.size }
}

const SELF = fingerprintOf('self')
const HOLDER = fingerprintOf('holder')

type Reading = {
  readonly profiles: Float64Array
  /** By class, of those that have more than one block. */
  readonly cells: ReadonlyMap<number, Cells>
  readonly strange: Set<number>
}

function readFacts(regions: Regions, { blockOf, roleOf, start }: Blocks, classOf: Int32Array): Reading {
  const { things, units } = regions
  const profiles = new Float64Array(start.length)
  const strange = new Set<number>()
  const classes = classOf.reduce((most, kind) => Math.max(most, kind + 1), 0)
  const { cells, indexOf } = emptyCells(classOf)
  // What stands for nothing else needs no profile.
  const isLone = Uint8Array.from({ length: classes }, (_, kind) => (cells.has(kind) ? 0 : 1))
  const coverAt = coversOf(regions, blockOf, roleOf, classOf)
  const blockOfThing = (thing: Thing): number => {
    const owner = things.owner(thing)
    return owner === NOBODY ? -1 : (blockOf[owner] ?? -1)
  }
  const placeOf = (thing: Thing): Fingerprint => mix(roleOf[things.owner(thing)] ?? 0, things.role(thing))

  // Of one unit; emptied after each.
  const [holderSum, selfSum] = [createSums(start.length), createSums(start.length)]
  const [classSum, touchSum] = [createSums(classes), createSums(classes)]
  const holdersByClass = new Map<number, number[]>()
  let idTotal = 0
  let soleHolder = -1
  const about: number[] = []
  const kinds: number[] = []

  /** `times`: what the prefix holds as a whole, or 1. A sum of parts weighs as much as the parts: how prefixes were merged does not count. */
  const take = (form: Fingerprint, named: readonly Thing[], region: Thing | undefined, times = 1): void => {
    let whole = form
    about.length = 0
    const length = named.length + (region === undefined ? 0 : 1)
    for (let nth = 0; nth < length; nth++) {
      const thing = nth < named.length ? named[nth] : region
      if (thing === undefined) continue
      whole = mix(whole, things.identity(thing))
      const block = blockOfThing(thing)
      if (block >= 0 && !about.includes(block)) about.push(block)
    }
    if (times !== 1) whole = multiply(whole, times)
    idTotal = add(idTotal, whole)
    kinds.length = 0
    for (const block of about) {
      const kind = classOf[block] ?? -1
      const isHolders = classOf[soleHolder] === kind && about.includes(soleHolder)
      if (!kinds.includes(kind)) {
        kinds.push(kind)
        touchSum.add(kind, whole)
        if (about.length > 1) {
          const mates = about.filter((other) => classOf[other] === kind && !(isHolders && other === soleHolder))
          if (mates.length > 1) for (const mate of mates) strange.add(mate)
        }
      }
      if (isLone[kind] === 1) continue
      // What a holder holds of itself and a mate stands between the two.
      if (block === soleHolder && about.some((other) => other !== block && classOf[other] === kind)) continue
      let self = form
      for (let nth = 0; nth < length; nth++) {
        const thing = nth < named.length ? named[nth] : region
        if (thing === undefined) continue
        const own = blockOfThing(thing)
        if (own === block) self = mix(self, mix(SELF, placeOf(thing)))
        else self = mix(self, isHolders && own === soleHolder ? mix(HOLDER, placeOf(thing)) : things.identity(thing))
      }
      if (times !== 1) self = multiply(self, times)
      selfSum.add(block, self)
    }
  }

  for (const { holders, network, facts, rest: bare } of units) {
    holderSum.clear()
    holdersByClass.clear()
    classSum.clear()
    selfSum.clear()
    touchSum.clear()
    idTotal = bare
    let holderTotal = 0
    for (const holder of holders) {
      const block = blockOf[holder] ?? -1
      if (block < 0) continue
      const identity = mix(0x401d, holder)
      holderTotal = add(holderTotal, identity)
      const kind = classOf[block] ?? -1
      classSum.add(kind, identity)
      const isKnown = holderSum.has(block)
      holderSum.add(block, mix(0x401d, roleOf[holder] ?? 0))
      if (isKnown || isLone[kind] === 1) continue
      const list = holdersByClass.get(kind)
      if (list === undefined) holdersByClass.set(kind, [block])
      else list.push(block)
    }
    if (holderSum.keys.length === 0) continue
    soleHolder = holderSum.keys.length === 1 ? (holderSum.keys[0] ?? -1) : -1
    for (const { form, things: named, position } of facts) {
      if (position < 0) {
        if (named.some((thing) => isCounted(things.owner(thing), blockOf))) take(form, named, undefined)
        continue
      }
      const cover = coverAt(position, network)
      if (cover === undefined) continue
      if (cover.whole !== 0) take(form, named, undefined, cover.whole)
      for (const region of cover.parts) take(form, named, region)
    }
    for (const block of selfSum.keys) {
      const self = selfSum.at(block)
      const kind = classOf[block] ?? -1
      const outside = subtract(holderTotal, classSum.at(kind))
      profiles[block] = add(profiles[block] ?? 0, mix(self, mix(outside, holderSum.at(block))))
      const matrix = cells.get(kind)
      if (matrix === undefined) continue
      const size = matrix.members.length
      const column = indexOf[block] ?? 0
      for (const holder of holdersByClass.get(kind) ?? []) {
        if (holder === block) continue
        const cell = (indexOf[holder] ?? 0) * size + column
        matrix.values[cell] = add(matrix.values[cell] ?? 0, mix(self, holderSum.at(holder)))
      }
    }
    for (const [kind, list] of holdersByClass) {
      const rest = subtract(idTotal, touchSum.at(kind))
      if (rest === 0) continue
      for (const block of list) profiles[block] = add(profiles[block] ?? 0, mix(rest, holderSum.at(block)))
    }
  }
  for (const machine of regions.odd) if ((blockOf[machine] ?? -1) >= 0) strange.add(blockOf[machine] ?? -1)
  return { profiles, cells, strange }
}

/** Facts that name machines that are left out, and no other, do not count. */
const isCounted = (owner: number, blockOf: Int32Array): boolean => owner === NOBODY || (blockOf[owner] ?? -1) >= 0
