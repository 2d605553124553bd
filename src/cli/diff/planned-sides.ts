// Two worlds planned for comparison: what both say alike is shared, and what agents wrote in one holds in both.
import { adoptUnchanged, type DiffSide, withWordOf } from '../../foresight/index.ts'
import { type Address, type Lab, type Local, nthAddress, parsePrefix, type World } from '../../model/index.ts'
import { planNode } from '../../planner/index.ts'
import { deriveUnderlay } from '../../verifier/index.ts'
import { type PlannedWorld, planWorld } from '../planned-world.ts'
import type { Terminal } from '../terminal.ts'

/** Of the Lab only the addresses of names are used. */
export type WorldInLab = { readonly world: World; readonly lab?: Pick<Lab, 'hosts'> }
export type PlannedSide = DiffSide &
  Pick<PlannedWorld, 'plan'> & { readonly resolvedHosts: NonNullable<Local['resolvedHosts']> }

/** Undefined, with exit code 2, where one of them is no good with what the other knows. */
export async function planSides(
  old: WorldInLab,
  next: WorldInLab,
  terminal: Pick<Terminal, 'printError' | 'setExitCode'>,
): Promise<{ readonly old: PlannedSide; readonly next: PlannedSide } | undefined> {
  // What there is to say of each world was said when it was read.
  const silent = { ...terminal, printError: (text: string) => text.startsWith('error') && terminal.printError(text) }
  const before = withWordOf(old.world, next.world)
  const after = adoptUnchanged(withWordOf(next.world, old.world), before)
  const hosts = hostsOf(old, next)
  const oldPlan = await planWorld(before, silent)
  const nextPlan = oldPlan && (await planWorld(after, silent, oldPlan.plan))
  if (oldPlan === undefined || nextPlan === undefined) return undefined
  return { old: sideOf(oldPlan, hosts), next: sideOf(nextPlan, hosts) }
}

function sideOf({ world, plan }: PlannedWorld, hosts: ReadonlyMap<string, readonly Address[]>): PlannedSide {
  const { underlay, resolvedHosts } = deriveUnderlay(world, hosts)
  const states = [...world.nodes.keys()].map((name) => planNode(plan, name, { pods: [], resolvedHosts }))
  return { world, plan, states, underlay, resolvedHosts }
}

/** Nobody's (RFC 1112 section 4). */
const STAND_INS = parsePrefix('241.0.0.0/8')

/** The same stand-in for a name in both, or every peer that is named would seem to move. */
function hostsOf(...sides: readonly WorldInLab[]): ReadonlyMap<string, readonly Address[]> {
  const names = sides.flatMap(({ world }) =>
    [...world.nodes.values()].flatMap(({ endpoint }) => (typeof endpoint?.host === 'string' ? [endpoint.host] : [])),
  )
  const known = new Map(sides.flatMap(({ lab }) => [...(lab?.hosts ?? [])]))
  const unknown = [...new Set(names.map((name) => name.replace(/\.$/, '')))].filter((name) => !known.has(name)).sort()
  return new Map([...known, ...unknown.map((name, nth) => [name, [nthAddress(STAND_INS, nth + 1)]] as const)])
}
