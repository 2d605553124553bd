// What is wrong with a node, or worth knowing, as its status says it to people. All agents of a network read a status again when it
// changes, so the sentences hold no number that moves, and what is the same everywhere is left to others.
import type { Condition } from '../model/index.ts'
import type { Plan } from '../planner/index.ts'
import type { StandingFailure } from './failure-backoff.ts'
import type { HostFinding } from './host-check.ts'
import type { Reason } from './readiness.ts'

export type ConditionsInput = {
  readonly node: string
  readonly findings: readonly HostFinding[]
  readonly failures: readonly StandingFailure[]
  /** Why the node is not ready. */
  readonly reasons: readonly Reason[]
  readonly plan: Plan | undefined
  readonly isIll: boolean
}

const MOST = 16
const LONGEST = 500

/** In an order of their own, each once. */
export function nodeConditions({
  node,
  findings,
  failures,
  reasons,
  plan,
  isIll,
}: ConditionsInput): readonly Condition[] {
  const all = [
    ...(isIll ? [KERNEL_HANGS] : []),
    ...findings.map(({ type, message }) => ({ type, message })),
    // One that the next round mends is no news.
    ...failures
      .filter(({ attempts }) => attempts > 1)
      .map(({ message }) => ({ type: NO_WIREGUARD.test(message) ? 'NoWireguard' : 'KernelRefuses', message })),
    ...reasons.flatMap(({ kind, message }) => {
      const type = REASON_TYPES[kind]
      return type === undefined ? [] : [{ type, message }]
    }),
    ...(plan === undefined ? [] : issuesOf(plan, node)),
  ].map(({ type, message }) => ({ type, message: message.slice(0, LONGEST) }))
  const byText = new Map(all.map((condition) => [`${condition.type} ${condition.message}`, condition]))
  return [...byText]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MOST)
    .map(([, condition]) => condition)
}

const KERNEL_HANGS: Condition = {
  type: 'KernelHangs',
  message: 'a round has been at work for more than a minute; the kernel does not answer',
}

/** What `openWireguard` says. */
const NO_WIREGUARD = /this kernel has no WireGuard/

/** Those that are neither over in a moment nor said by another condition. */
const REASON_TYPES: Partial<Record<Reason['kind'], string>> = {
  'no-underlay': 'NoUnderlay',
  'pods-refused': 'PodsRefused',
}

/** Those that name the node; and those of its site where it speaks for it, so that not each of its nodes says them. */
function issuesOf(plan: Plan, name: string): Condition[] {
  const planned = plan.nodeNamed(name)
  const site = plan.sites.get(planned?.siteName ?? '')
  if (planned === undefined || site === undefined) return []
  const isSpeaker = (site.gateways[0] ?? site.nodes[0])?.node.name === name
  return plan.issues
    .filter(({ message }) => nodesIn(message).includes(name) || (isSpeaker && sitesIn(message).includes(site.name)))
    .map(({ message }) => ({ type: 'PlanIssue', message }))
}

const nodesIn = (message: string): readonly string[] =>
  [...message.matchAll(/Node\/([-a-z0-9]+)/g)].map(([, name = '']) => name)

/** `site a has …`, `sites a, b cannot …` */
const sitesIn = (message: string): readonly string[] =>
  [...message.matchAll(/\bsites? ([-.\w]+(?:, [-.\w]+)*)/g)].flatMap(([, names = '']) => names.split(', '))
