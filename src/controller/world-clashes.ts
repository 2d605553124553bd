// What Nodes say that the mesh as a whole cannot hold: one address of two machines, a prefix inside another's. A World with such a
// contradiction is none at all, and every node would wait. So the field of the younger one is left out, and all others go on.
import { checkWorld, type Problem, type Resource, readResource } from '../model/index.ts'
import type { Fields } from './object-fields.ts'

/** A Node document as it would be written. */
export type Draft = {
  readonly name: string
  /** RFC 3339: what is older stays. */
  readonly createdAt: string
  /** False: a person wrote it, and it stays as it is. */
  readonly isOurs: boolean
  /** apiVersion, kind, metadata, spec and granted. */
  readonly document: Fields & { readonly spec: Fields; readonly granted?: Fields }
}

export type LeftOut = { readonly name: string; readonly field: LeftOutField; readonly sentence: string }
/** Without `privateAddresses` a MeshNode is no node of the mesh. */
export type LeftOutField = 'site' | 'privateAddresses' | 'endpoint' | 'podPrefixes' | 'offeredPrefixes' | 'gateway'

const FIELDS: ReadonlySet<unknown> = new Set<LeftOutField>([
  'site',
  'privateAddresses',
  'endpoint',
  'podPrefixes',
  'offeredPrefixes',
  'gateway',
])
/** Each takes at least one field of a node away; what is still wrong then is no node of ours to mend. */
const MOST_ROUNDS = 20

/** `others`: the Network and its sites. `memory` keeps what was read of drafts that do not change. */
export function findClashes(
  drafts: readonly Draft[],
  others: readonly Resource[],
  memory: DraftMemory,
): readonly LeftOut[] {
  const all: LeftOut[] = []
  let current = drafts
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = clashesOf(current, others, memory)
    if (found.length === 0) break
    all.push(...found)
    current = current.flatMap((draft) => without(draft, found))
  }
  return all
}

/** What was read of drafts that did not change since. */
export type DraftMemory = Map<string, { readonly draft: Draft; readonly read: ReturnType<typeof readResource> }>
export const createDraftMemory = (): DraftMemory => new Map()

function clashesOf(drafts: readonly Draft[], others: readonly Resource[], memory: DraftMemory): readonly LeftOut[] {
  const found = new Map<string, LeftOut>()
  const leaveOut = (name: string, field: unknown, why: string): void => {
    const known = FIELDS.has(field) ? (field as LeftOutField) : 'privateAddresses'
    if (!found.has(name)) found.set(name, { name, field: known, sentence: sentenceOf(known, why) })
  }
  const resources: Resource[] = [...others]
  const byName = new Map(drafts.map((draft) => [draft.name, draft]))
  for (const draft of drafts) {
    const read = readDraft(draft, memory)
    if (read.kind === 'resource') resources.push(read.resource)
    else if (draft.isOurs) for (const { path, message } of read.problems) leaveOut(draft.name, path[1], message)
  }
  for (const problem of checkWorld(resources).problems) {
    if (problem.severity !== 'error') continue
    const blamed = blameOf(problem, byName)
    if (blamed !== undefined) leaveOut(blamed.name, blamed.field, problem.message)
  }
  return [...found.values()]
}

function readDraft(draft: Draft, memory: DraftMemory): ReturnType<typeof readResource> {
  const known = memory.get(draft.name)
  if (known !== undefined && isSame(known.draft, draft)) return known.read
  const read = readResource(draft.document)
  memory.set(draft.name, { draft, read })
  return read
}

/** What was made of a node that did not change is the very same object. */
const isSame = ({ document: a }: Draft, { document: b }: Draft): boolean =>
  a.spec === b.spec && JSON.stringify([a.metadata, a.granted]) === JSON.stringify([b.metadata, b.granted])

/** Of the two halves of a contradiction the younger that is ours. */
function blameOf(
  { resource, path, other }: Problem,
  drafts: ReadonlyMap<string, Draft>,
): { readonly name: string; readonly field: unknown } | undefined {
  const halves = [{ resource, path }, ...(other ? [other] : [])].flatMap((half) => {
    const draft = half.resource?.kind === 'Node' ? drafts.get(half.resource.value.name) : undefined
    return draft?.isOurs ? [{ draft, field: half.path[1] }] : []
  })
  const [first, second] = halves
  const blamed = first && second && isYounger(second.draft, first.draft) ? second : first
  return blamed && { name: blamed.draft.name, field: blamed.field }
}

const isYounger = (a: Draft, b: Draft): boolean => a.createdAt > b.createdAt

const sentenceOf = (field: LeftOutField, why: string): string =>
  field === 'privateAddresses' ? `${why}; until then the node is not joined` : `${why}; until then ${field} is left out`

/** A draft without private addresses is no document of the World. */
function without(draft: Draft, leftOut: readonly LeftOut[]): readonly Draft[] {
  const own = leftOut.find(({ name }) => name === draft.name)
  if (own === undefined) return [draft]
  if (own.field === 'privateAddresses') return []
  const { granted, ...document } = draft.document
  const { [own.field]: _, ...spec } = document.spec
  const keepsGranted = granted !== undefined && own.field !== 'podPrefixes'
  return [{ ...draft, document: { ...document, spec, ...(keepsGranted && { granted }) } }]
}
