// The order of changes. What guards comes before what carries, what is used before what uses it; removals go backwards,
// after everything is made, so that no packet meets a gap.
import { type Change, type Entry, GUARD_TABLE, LINK_PREFIX, POD_LINK_PREFIX } from '../model/index.ts'

/** The steps in which entries are made. */
const STEPS = [
  // An accept_ra that is not 2 when forwarding comes on loses the host its IPv6 default route.
  'accept-ra',
  'sysctl',
  // A guard stands before the rule that reads it, and never without the holes in it.
  'guard-throw',
  'guard',
  'rule',
  'filter-table',
  'link',
  'link-sysctl',
  'address',
  'wireguard-device',
  'wireguard-peer',
  'neighbour',
  'fdb',
  'next-hop',
  'next-hop-group',
  // A hole stands before the broad route that it is cut from, or the underlay goes into the overlay.
  'throw',
  'route',
] as const

export type Step = (typeof STEPS)[number]

export function stepOf(entry: Entry): Step {
  if (entry.kind === 'sysctl') return stepOfSysctl(entry.key)
  if (entry.kind !== 'route') return entry.kind
  if (entry.table === GUARD_TABLE) return entry.target.kind === 'throw' ? 'guard-throw' : 'guard'
  return entry.target.kind === 'throw' ? 'throw' : 'route'
}

function stepOfSysctl(key: string): Step {
  const link = linkOfSysctl(key)
  if (link !== undefined && isOurLink(link)) return 'link-sysctl'
  return key.endsWith('/accept_ra') ? 'accept-ra' : 'sysctl'
}

const isOurLink = (name: string): boolean => name.startsWith(LINK_PREFIX) || name.startsWith(POD_LINK_PREFIX)

/** `damask0` of `net/ipv4/conf/damask0/rp_filter`. */
export const linkOfSysctl = (key: string): string | undefined =>
  /^net\/ipv[46]\/(?:conf|neigh)\/([^/]+)\//.exec(key)?.[1]

/** Collects changes by step. */
export type Schedule = {
  /** A creation, an update, or a removal without which one of them could not be. */
  make(step: Step, change: Change): void
  /** A removal that can wait until everything is made. */
  remove(entry: Entry): void
  changes(): readonly Change[]
}

export function createSchedule(): Schedule {
  const made = new Map<Step, Change[]>()
  const removed = new Map<Step, Change[]>()
  return {
    make: (step, change) => void bucketOf(made, step).push(change),
    remove: (entry) => void bucketOf(removed, stepOf(entry)).push({ op: 'delete', entry }),
    changes: () => [...inOrder(made), ...inOrder(removed).reverse()],
  }
}

function bucketOf(buckets: Map<Step, Change[]>, step: Step): Change[] {
  const bucket = buckets.get(step) ?? []
  buckets.set(step, bucket)
  return bucket
}

function inOrder(buckets: ReadonlyMap<Step, Change[]>): Change[] {
  return STEPS.flatMap((step) => {
    const changes = buckets.get(step) ?? []
    return step === 'rule' ? changes.toSorted((a, b) => preferenceOf(a) - preferenceOf(b)) : changes
  })
}

// `main suppress_prefixlength 0` has to stand before the guards are read, or they cut off main's specific routes.
const preferenceOf = ({ entry }: Change): number => (entry.kind === 'rule' ? entry.preference : 0)
