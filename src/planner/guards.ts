// Never in the clear: the rules that lead a packet through our tables, and the unreachable routes that stop what no
// route carries before it meets the default route (fail closed).
import {
  type Because,
  type Entry,
  GUARD_TABLE,
  MAIN_TABLE,
  MARK,
  PREFERENCE,
  route,
  rule,
  TABLE,
} from '../model/index.ts'
import type { Plan } from './plan.ts'
import type { PlannedSite } from './site.ts'

/** The same on every node. */
export const planGuards = (plan: Plan): readonly Entry[] =>
  plan.shared('guards', () =>
    plan.network.podPrefixes.map((to, index) =>
      route({
        table: GUARD_TABLE,
        to,
        target: { kind: 'unreachable' },
        because: [
          networkField(plan, `spec.podPrefixes[${index}]`, 'never in the clear: what no route carries is refused'),
        ],
      }),
    ),
  )

/** The policy rules, in both families of the network's pods. */
export const planRules = (plan: Plan, site: PlannedSite | undefined): readonly Entry[] => {
  const vxlanPort = site?.fabric.kind === 'vxlan' && site.nodes.length > 1 ? site.fabric.port : undefined
  return plan.shared(`rules ${vxlanPort}`, () =>
    plan.families.flatMap((family) => [
      ...(vxlanPort === undefined
        ? []
        : [
            rule({
              family,
              preference: PREFERENCE.vxlan,
              table: MAIN_TABLE,
              ownUdpPort: vxlanPort,
              because: [networkField(plan, 'spec.fabric', 'never in a loop: vxlan packets of this host carry no mark')],
            }),
          ]),
      rule({
        family,
        preference: PREFERENCE.ours,
        table: TABLE,
        withoutMark: MARK,
        because: [networkField(plan, 'spec.podPrefixes', 'our routes first, but not for packets of our own tunnels')],
      }),
      rule({
        family,
        preference: PREFERENCE.main,
        table: MAIN_TABLE,
        suppressPrefixLength: 0,
        because: [networkField(plan, 'spec.podPrefixes', "then the host's specific routes, without its default route")],
      }),
      rule({
        family,
        preference: PREFERENCE.guards,
        table: GUARD_TABLE,
        because: [networkField(plan, 'spec.podPrefixes', 'then the guards')],
      }),
    ]),
  )
}

const networkField = (plan: Plan, field: string, rule: string): Because => ({
  resource: `Network/${plan.network.name}`,
  field,
  rule,
})
