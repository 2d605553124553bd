// Kernel settings that the rest of the plan stands on.
import { type Because, type Entry, sysctl } from '../model/index.ts'
import { memo } from './memo.ts'
import type { Plan } from './plan.ts'
import { rangeField } from './ranges.ts'

export type SettingsInput = {
  /** Our devices and the underlay's link. */
  readonly links: readonly string[]
  readonly nic: string
  readonly acceptsRouterAdvertisements: boolean
}

export const planSettings = (plan: Plan, input: SettingsInput): readonly Entry[] =>
  memo(
    plan.ofNetwork,
    `settings of ${plan.families.join()} ${input.links.join()} ${input.nic} ${input.acceptsRouterAdvertisements}`,
    () => settingsOf(plan, input),
  )

function settingsOf(plan: Plan, { links, nic, acceptsRouterAdvertisements }: SettingsInput): readonly Entry[] {
  const because = (rule: string): Because[] => [
    { resource: `Network/${plan.network.name}`, field: rangeField(plan), rule },
  ]
  const forwards = because('a node forwards what its pods send')
  const spreads = because('several next hops share flows by layer 4')
  return [
    ...(plan.families.includes(4)
      ? [
          sysctl({ key: 'net/ipv4/ip_forward', value: '1', because: forwards }),
          sysctl({ key: 'net/ipv4/fib_multipath_hash_policy', value: '1', because: spreads }),
          ...links.map((link) =>
            sysctl({
              key: `net/ipv4/conf/${link}/rp_filter`,
              value: '2', // never 0: the kernel takes the larger of this and conf/all
              because: because('answers may come by another way than requests went: reverse paths are checked loosely'),
            }),
          ),
        ]
      : []),
    ...(plan.families.includes(6)
      ? [
          ...(acceptsRouterAdvertisements
            ? [
                sysctl({
                  key: `net/ipv6/conf/${nic}/accept_ra`,
                  value: '2',
                  because: because('with forwarding on, 1 would take the default route of router advertisements away'),
                }),
              ]
            : []),
          sysctl({ key: 'net/ipv6/conf/all/forwarding', value: '1', because: forwards }),
          sysctl({ key: 'net/ipv6/fib_multipath_hash_policy', value: '1', because: spreads }),
        ]
      : []),
  ]
}
