// Checks a certificate: that the machines of each kind stand for each other, that the kinds are all machines and the classes all
// pairs, and that the witness of each class fares as it says. Nothing is searched for, as a proof has to.
import type { NetworkInput } from '../compiled-network.ts'
import { CERTIFICATE_FORM, type Certificate, certificateOf } from './certificate.ts'
import type { FactBase } from './facts.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Kinds, kindsOf } from './kinds.ts'
import { keptOf, type MachineClasses, type NetworkClasses, networkBlocksOf, numbered } from './machine-classes.ts'
import { type Proof, type ReadNetwork, readNetwork, walkKinds } from './prove.ts'
import { areTwins } from './twins.ts'

/** What is wrong with it, each as a sentence; none: it holds. `inputs`: the hashes of what it is checked against. */
export const checkCertificate = (...certificate: Parameters<typeof certifiedProof>): readonly string[] => {
  const proof = certifiedProof(...certificate)
  return 'problems' in proof ? proof.problems : []
}

/** The proof that a certificate stands for, where it holds. */
export function certifiedProof(
  claimed: unknown,
  input: NetworkInput,
  inputs: Readonly<Record<string, string>>,
): Proof | { readonly problems: readonly string[] } {
  if (!isCertificate(claimed)) return { problems: [`it is no certificate of the form "${CERTIFICATE_FORM}"`] }
  const foreign = differences(claimed.inputs, inputs, 'inputs')
  if (foreign.length > 0) return { problems: foreign.map((one) => `it is of another network: ${one}`) }
  const proof = proofOfKinds(claimed.kinds, input)
  if (typeof proof === 'string') return { problems: [proof] }
  const problems = differences(claimed, certificateOf(proof, inputs), 'certificate')
  return problems.length > 0 ? { problems } : proof
}

/** The proof by kinds of machines that somebody claims to have found (`kinds` of a certificate); or why they are none, as a sentence. */
export function proofOfKinds(claimed: unknown, input: NetworkInput): Proof | string {
  if (!isKinds(claimed)) return 'its kinds are no lists of groups of names'
  const read = readNetwork(input)
  const machines = machinesOf(claimed, read.base.names)
  if (typeof machines === 'string') return machines
  const kinds = kindsIn(read, machines)
  return typeof kinds === 'string' ? kinds : walkKinds(read, kinds)
}

function isCertificate(value: unknown): value is Certificate {
  if (value === null || typeof value !== 'object') return false
  const { form, kinds, classes, inputs } = value as Record<string, unknown>
  return form === CERTIFICATE_FORM && Array.isArray(classes) && typeof inputs === 'object' && isKinds(kinds)
}

const isKinds = (value: unknown): value is Certificate['kinds'] =>
  Array.isArray(value) &&
  value.every(
    (kind) =>
      Array.isArray(kind) && kind.every((group) => Array.isArray(group) && group.length > 0 && group.every(isText)),
  )

const isText = (value: unknown): boolean => typeof value === 'string'

type ClaimedMachines = {
  readonly classes: MachineClasses
  readonly kindOf: Int32Array
}

/** Every machine stands in one group, or why not. */
function machinesOf(kinds: Certificate['kinds'], names: readonly string[]): ClaimedMachines | string {
  const numbers = new Map(names.map((name, number) => [name, number]))
  const classOf = new Int32Array(names.length).fill(-1)
  const kindOf = new Int32Array(names.length).fill(-1)
  const classes: { members: number[] }[] = []
  for (const [kind, groups] of kinds.entries())
    for (const group of groups) {
      const members: number[] = []
      for (const name of group) {
        const number = numbers.get(name)
        if (number === undefined) return `it speaks of a node ${name}, which there is not`
        if (classOf[number] !== -1) return `node ${name} stands in it twice`
        classOf[number] = classes.length
        kindOf[number] = kind
        members.push(number)
      }
      classes.push({ members })
    }
  const missing = names.filter((_, number) => classOf[number] === -1)
  return missing.length > 0 ? `it says nothing of node ${missing[0]}` : { classes: { classOf, classes }, kindOf }
}

/** The kinds, where their machines and networks do stand for each other; else why not. */
function kindsIn({ base, regions }: ReadNetwork, { classes, kindOf }: ClaimedMachines): Kinds | string {
  const machines = base.names.length
  const count = machines + base.networks.length
  const nameOf = (machine: number | undefined): string => base.names[machine ?? -1] ?? ''
  for (const { members } of classes.classes)
    if (members.some((member) => base.networkOf[member] !== base.networkOf[members[0] ?? -1]))
      return `${nameOf(members[0])} and others of its group stand in several networks`
  const met = new Set<string>()
  for (const { members } of classes.classes) {
    const [first = -1] = members
    const place = `${kindOf[first]} ${base.networkOf[first] ?? `alone ${first}`}`
    if (met.has(place)) return `there is another group of the kind of ${nameOf(first)} in its network`
    met.add(place)
  }
  const start = Int32Array.from({ length: count }, (_, index) =>
    index < machines ? (classes.classOf[index] ?? -1) : count + index,
  )
  const alone = { blockOf: Int32Array.from(start.keys()), roleOf: new Float64Array(count) }
  if (!areTwins(regions, { ...alone, start: numbered([...start].map(String)) }))
    return 'not all machines of a group of it fare alike'
  const near = claimedNetworks(base, keptOf(base, regions, classes.classes), classes, kindOf)
  if (!areTwins(regions, { ...near, start: near.classOf })) return 'not all groups of a kind of it fare alike'
  return kindsOf(base, classes, near)
}

/** Networks of the same kinds of machines are said to be alike. */
function claimedNetworks(
  base: FactBase,
  isKept: Uint8Array,
  { classOf }: MachineClasses,
  kindOf: Int32Array,
): NetworkClasses {
  const blockOf = networkBlocksOf(base, isKept)
  const seen = new Map<number, number>()
  const roleOf = Float64Array.from(blockOf, (block, index) => {
    if (index >= base.names.length) return fingerprintOf('network')
    if (block < 0) return 0
    // The second of a group is another than the first.
    const nth = seen.get(classOf[index] ?? -1) ?? 0
    seen.set(classOf[index] ?? -1, nth + 1)
    return fingerprintOf(`kind ${kindOf[index]}, machine ${nth}`)
  })
  const shapes: string[][] = Array.from({ length: Math.max(...blockOf) + 1 }, () => [])
  for (const [index, block] of blockOf.entries()) shapes[block]?.push(`${roleOf[index]}`)
  return { blockOf, roleOf, classOf: numbered(shapes.map((shape) => shape.sort().join())) }
}

/** Where two plain values differ, by path. */
export function differences(claimed: unknown, found: unknown, path: string): readonly string[] {
  if (Object.is(claimed, found)) return []
  const isBoth = claimed !== null && found !== null && typeof claimed === 'object' && typeof found === 'object'
  if (!isBoth || Array.isArray(claimed) !== Array.isArray(found))
    return [`${path} says ${JSON.stringify(claimed)}, and it is ${JSON.stringify(found)}`]
  const [left, right] = [claimed as Record<string, unknown>, found as Record<string, unknown>]
  const names = new Set([...Object.keys(left), ...Object.keys(right)])
  const all: string[] = []
  for (const name of names) {
    all.push(...differences(left[name], right[name], Array.isArray(claimed) ? `${path}[${name}]` : `${path}.${name}`))
    if (all.length >= 20) return all.slice(0, 20)
  }
  return all
}
