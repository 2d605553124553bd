// Objects that cannot all be true at once: the younger one is left out, and the rest stands.
import { type CheckedWorld, type Claim, checkWorld, type Problem, type Resource } from '../../model/index.ts'
import type { ClusterObject } from './cluster-object.ts'

/** Which object a resource is of. */
export type OwnerOf = (resource: Resource) => ClusterObject | undefined

export type Loss = {
  readonly loser: Resource
  /** An older object; or all those that would have to go for this one. Left out: it is wrong whatever the other nodes are. */
  readonly against?: { readonly kind: 'older' | 'many'; readonly resources: readonly Resource[] }
  readonly problem: Problem
}

export type Settled = {
  readonly checked: CheckedWorld
  readonly losses: readonly Loss[]
  /** What is wrong with the Network itself: nothing can be left out for that. */
  readonly fatal: readonly Problem[]
}

/** Looks at the whole in which one object throws out others. One that wins again is a mistake that covers many: then it goes, and they stay. */
const MOST_WINS = 3

/**
 * `previous`: what it came to the last time. Only what changed since is looked at. Its losses are known as long as Network and Sites are what
 * they were then: resources that contradicted each other still do.
 */
export function settle(
  resources: readonly Resource[],
  claims: readonly Claim[],
  ownerOf: OwnerOf,
  previous: { readonly checked: CheckedWorld | undefined; readonly losses: readonly Loss[] },
): Settled {
  const { losses: known } = previous
  let checked = previous.checked
  const fallen = createFallen(ownerOf)
  const wins = new Map<Resource, number>()
  if (known.length > 0) {
    const all = new Set(resources)
    for (const loss of known) {
      if (all.has(loss.loser) && opponents(loss).every((opponent) => all.has(opponent))) fallen.add(loss)
    }
  }
  for (;;) {
    const left = fallen.losses().length === 0 ? resources : resources.filter((resource) => !fallen.has(resource))
    checked = checkWorld(left, [...claims, ...fallen.losses().map(claimOf)], checked)
    const errors = checked.problems.filter(({ severity }) => severity === 'error')
    const found = errors.map((problem) => lossOf(problem, ownerOf))
    const fatal = errors.filter((_, index) => found[index] === undefined)
    if (errors.length === 0 || fatal.length > 0) return { checked, losses: fallen.losses(), fatal }
    // The oldest first: who falls to an older one takes nobody along.
    const byAge = found.filter((loss) => loss !== undefined).sort((a, b) => compareAges(a.loser, b.loser, ownerOf))
    const winners = new Set<Resource>()
    for (const loss of byAge) {
      const [winner] = opponents(loss)
      if (winner !== undefined && (wins.get(winner) ?? 0) >= MOST_WINS) fallen.turn(winner, loss)
      else if (fallen.add(loss) && winner !== undefined) winners.add(winner)
    }
    for (const winner of winners) wins.set(winner, (wins.get(winner) ?? 0) + 1)
  }
}

type Fallen = {
  readonly has: (resource: Resource) => boolean
  readonly losses: () => readonly Loss[]
  /** False where it is settled already, as one of the parties has fallen. */
  readonly add: (loss: Loss) => boolean
  /** The winner falls instead of the loser, and those that fell to it before stand again. */
  readonly turn: (winner: Resource, loss: Loss) => void
}

function createFallen(ownerOf: OwnerOf): Fallen {
  let losses: readonly Loss[] = []
  let resources: ReadonlySet<Resource> = new Set()

  function put(now: readonly Loss[]): void {
    losses = now
    resources = new Set(losses.flatMap(({ loser }) => fallenWith(loser, ownerOf)))
  }

  const has = (resource: Resource): boolean => resources.has(resource)
  return {
    has,
    losses: () => losses,
    add(loss) {
      if (has(loss.loser) || opponents(loss).some(has)) return false
      put([...losses, loss])
      return true
    },
    turn(winner, { loser, problem }) {
      if (has(winner)) return
      const freed = losses.filter(({ against }) => against?.kind === 'older' && against.resources.includes(winner))
      const many = [...freed.map((loss) => loss.loser), loser]
      put([
        ...losses.filter((loss) => !freed.includes(loss)),
        { loser: winner, against: { kind: 'many', resources: many }, problem },
      ])
    },
  }
}

const opponents = ({ against }: Loss): readonly Resource[] => against?.resources ?? []

/** Undefined: only the Network is to blame. */
function lossOf(problem: Problem, ownerOf: OwnerOf): Loss | undefined {
  const parties = [problem.resource, problem.other?.resource].filter(
    (resource) => resource !== undefined && resource.kind !== 'Network',
  ) as readonly Resource[]
  const [loser, winner] = [...new Set(parties)].sort((a, b) => compareAges(b, a, ownerOf))
  if (loser === undefined) return undefined
  return winner === undefined || ownerOf(winner) === ownerOf(loser)
    ? { loser, problem }
    : { loser, problem, against: { kind: 'older', resources: [winner] } }
}

function compareAges(a: Resource, b: Resource, ownerOf: OwnerOf): number {
  const ageOf = (resource: Resource): string => `${ownerOf(resource)?.record.createdAt ?? ''} ${resource.value.name}`
  const [first, second] = [ageOf(a), ageOf(b)]
  return first < second ? -1 : first > second ? 1 : 0
}

/** Without a node, what is said of it means nothing; a wrong status takes nothing else along. */
const fallenWith = (loser: Resource, ownerOf: OwnerOf): readonly Resource[] =>
  loser.kind === 'Node' ? [loser, ...(ownerOf(loser)?.resources ?? [])] : [loser]

const claimOf = ({ loser: { kind, value } }: Loss): Claim => ({ kind, name: value.name })
