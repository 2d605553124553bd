// What a node's pods have to be like after each request, in the fewest words: which address is whose, and which pair stands.
import { CNI_CODE, type CniCode } from './cni-error.ts'
import { type Fault, PREFIXES, ROOM } from './mortal-agent.fixture.ts'

export type Add = { readonly kind: 'add'; readonly id: string; readonly wish?: string | undefined }
export type Operation = Add | { readonly kind: 'del' | 'check'; readonly id: string }

/** Pods by their containers. */
export type PodModel = {
  readonly records: Map<string, readonly string[]>
  /** Addresses of the pair, which may be there without a record. */
  readonly pairs: Map<string, readonly string[]>
  readonly namespaces: Set<string>
  /** Deleted, and the kernel has yet to do it, or cannot. */
  held: readonly { readonly id: string; readonly addresses: readonly string[]; readonly fails: boolean }[]
  /** Nobody's, and not to be given before the next start. */
  resting: readonly string[]
}

export const emptyModel = (): PodModel => ({
  records: new Map(),
  pairs: new Map(),
  namespaces: new Set(),
  held: [],
  resting: [],
})

export const copyOf = (model: PodModel): PodModel => ({
  ...model,
  records: new Map(model.records),
  pairs: new Map(model.pairs),
})

/** How an operation has to end. A code of 0: with an answer, of which `accept` is told the addresses. */
export type Expectation = {
  readonly code: 0 | CniCode
  readonly accept: (given: readonly string[]) => void
}

const { unknownContainer, failed, addressesExhausted, interfaceExists, addressUnavailable, notAsAdded } = CNI_CODE

export function expectOperation(model: PodModel, operation: Operation, fault?: Fault, holds = false): Expectation {
  const { id } = operation
  if (model.held.some((one) => one.id === id)) letGoIn(model)
  switch (operation.kind) {
    case 'add':
      return expectAdd(model, operation, fault)
    case 'del':
      return ends(deleteIn(model, id, fault, holds))
    case 'check': {
      if (!model.records.has(id)) return ends(notAsAdded)
      if (!model.namespaces.has(id)) return ends(unknownContainer)
      return ends(String(model.pairs.get(id)) === String(model.records.get(id)) ? 0 : notAsAdded)
    }
  }
}

const ends = (code: 0 | CniCode): Expectation => ({ code, accept() {} })

function expectAdd(model: PodModel, { id, wish }: Add, fault: Fault | undefined): Expectation {
  const { records, pairs, namespaces } = model
  if (!namespaces.has(id)) return ends(unknownContainer)
  if (records.has(id)) {
    if (pairs.has(id)) return ends(interfaceExists)
    // An earlier ADD that was never finished is undone first.
    if (fault === 'delete' || fault === 'release') return ends(failed)
    records.delete(id)
  }
  if (fault === 'record') return ends(failed)
  const taken = [...records.values(), ...model.held.map(({ addresses }) => addresses), model.resting].flat()
  // IPv4 is chosen first, and in IPv6 there is room for one more.
  const isFull = taken.filter((address) => address.includes('.')).length === ROOM
  if (isFull && !wish?.includes('.')) return ends(addressesExhausted)
  if (wish !== undefined && taken.includes(wish)) return ends(addressUnavailable)
  if (pairs.has(id)) return expectAddOverPair(model, id, fault)
  if (fault === 'create' || fault === 'attach') return ends(failed)
  return {
    code: 0,
    accept(given) {
      if (given.length !== PREFIXES.length) throw new Error(`was given ${given.join(' and ')}`)
      const again = given.filter((address) => taken.includes(address))
      if (again.length > 0) throw new Error(`was given ${again.join(' and ')}, which is somebody's`)
      if (wish !== undefined && !given.includes(wish)) throw new Error(`was not given ${wish}`)
      records.set(id, given)
      pairs.set(id, given)
    },
  }
}

/** The pair of a pod of which there is no record: it stays, for whoever says DEL. */
function expectAddOverPair(model: PodModel, id: string, fault: Fault | undefined): Expectation {
  if (fault === 'create') return ends(failed)
  if (fault !== 'release') return ends(interfaceExists)
  // The record cannot be taken back; the DEL that follows does.
  return { code: interfaceExists, accept: (given) => void model.records.set(id, given) }
}

export function deleteIn(model: PodModel, id: string, fault: Fault | undefined, holds: boolean): 0 | CniCode {
  const addresses = model.records.get(id) ?? []
  const stays = fault === 'release' && model.records.has(id)
  if (!stays) model.records.delete(id)
  const deletion = { id, addresses: stays ? [] : addresses, fails: fault === 'delete' }
  if (holds) model.held = [...model.held, deletion]
  else finish(model, deletion)
  return stays ? failed : 0
}

export function letGoIn(model: PodModel): void {
  for (const deletion of model.held) finish(model, deletion)
  model.held = []
}

function finish(model: PodModel, { id, addresses, fails }: PodModel['held'][number]): void {
  if (fails) model.resting = [...model.resting, ...addresses]
  else model.pairs.delete(id)
}

export function collectIn(
  model: PodModel,
  valid: readonly string[],
  fault: Fault | undefined,
  holds: boolean,
): CniCode | 0 {
  const isBusy = (id: string): boolean => model.held.some((one) => one.id === id)
  const stale = [...model.records.keys()].filter((id) => !valid.includes(id) && !isBusy(id))
  return stale.map((id) => deleteIn(model, id, fault, holds)).some((code) => code !== 0) ? failed : 0
}

/** A round of the agent. */
export function reconcileIn({ pairs, records }: PodModel): void {
  for (const id of pairs.keys()) if (!records.has(id)) pairs.delete(id)
}

/** A start: who has neither pair nor namespace is forgotten, and what rested may be given again. */
export function restartIn(model: PodModel): void {
  for (const id of model.records.keys()) if (!model.pairs.has(id) && !model.namespaces.has(id)) model.records.delete(id)
  reconcileIn(model)
  model.held = []
  model.resting = []
}
