// Two worlds planned for comparison: what both say alike is shared, and what agents wrote in one holds in both.
import { adoptUnchanged, type DiffSide, withWordOf } from '../../foresight/index.ts'
import { type Address, type Lab, nthAddress, parsePrefix, type World } from '../../model/index.ts'
import { planWorld } from '../planned-world.ts'
import type { Terminal } from '../terminal.ts'
import { type PlannedBelow, plannedBelow } from '../walked-plan.ts'

export type WorldBelow = {
  readonly world: World
  /** Whose clouds are the networks below; left out, they are guessed. */
  readonly lab?: Lab
  /** Addresses of endpoints that are names. Left out: those of the Lab. */
  readonly hosts?: ReadonlyMap<string, readonly Address[]>
}

export type PlannedSide = DiffSide & Pick<PlannedBelow, 'plan' | 'resolvedHosts' | 'guessed'>

export type PlannedSides = { readonly old: PlannedSide; readonly next: PlannedSide }

/** Undefined, with exit code 2, where one of them is no good with what the other knows. */
export async function planSides(
  old: WorldBelow,
  next: WorldBelow,
  terminal: Pick<Terminal, 'printError' | 'setExitCode'>,
): Promise<PlannedSides | undefined> {
  // What there is to say of each world was said when it was read.
  const silent = { ...terminal, printError: (text: string) => text.startsWith('error') && terminal.printError(text) }
  const before = withWordOf(old.world, next.world)
  const after = adoptUnchanged(withWordOf(next.world, old.world), before)
  const hosts = hostsOf(old, next)
  const oldPlan = await planWorld(before, silent)
  const nextPlan = oldPlan && (await planWorld(after, silent, oldPlan.plan))
  if (oldPlan === undefined || nextPlan === undefined) return undefined
  const [oldBelow, nextBelow] = await Promise.all([
    plannedBelow({ ...oldPlan, ...(old.lab && { lab: old.lab }) }, { hosts }),
    plannedBelow({ ...nextPlan, ...(next.lab && { lab: next.lab }) }, { hosts }),
  ])
  return { old: { ...oldBelow, world: before }, next: { ...nextBelow, world: after } }
}

/** What a reader should know of the networks below. */
export const guessNotes = ({ old, next }: PlannedSides, isOfOneLab: boolean): readonly string[] => [
  ...new Set([...old.guessed, ...next.guessed]),
  ...(isOfOneLab
    ? [
        'one side has a Lab, and the networks below the other are guessed, with nothing refused there that could be let through: what is closed or translated in the Lab counts as a difference',
      ]
    : []),
]

/** Nobody's (RFC 1112 section 4). */
const STAND_INS = parsePrefix('241.0.0.0/8')

/** The same stand-in for a name in both, or every peer that is named would seem to move. */
function hostsOf(...sides: readonly WorldBelow[]): ReadonlyMap<string, readonly Address[]> {
  const names = sides.flatMap(({ world }) =>
    [...world.nodes.values()].flatMap(({ endpoint }) => (typeof endpoint?.host === 'string' ? [endpoint.host] : [])),
  )
  const known = new Map(sides.flatMap(({ lab, hosts = lab?.hosts }) => [...(hosts ?? [])]))
  const unknown = [...new Set(names.map((name) => name.replace(/\.$/, '')))].filter((name) => !known.has(name)).sort()
  return new Map([...known, ...unknown.map((name, nth) => [name, [nthAddress(STAND_INS, nth + 1)]] as const)])
}
