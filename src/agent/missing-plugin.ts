// Fabric `none` leaves a site's pods to another network plugin. Where none is on the machine nothing else is amiss, and no pod is
// reached: what is for its pods finds no route but the default one, which the guards keep it from.
import { formatPrefix, overlaps } from '../model/index.ts'
import type { Plan } from '../planner/index.ts'
import type { HostFinding } from './host-check.ts'
import type { HostRoute } from './host-routes.ts'

/** `routes` of others on this machine. */
export function findMissingPlugin(
  plan: Plan | undefined,
  name: string,
  routes: () => readonly HostRoute[],
): readonly HostFinding[] {
  const planned = plan?.nodeNamed(name)
  const site = plan?.sites.get(planned?.siteName ?? '')
  if (planned === undefined || site?.fabric.kind !== 'none') return []
  const specific = routes().filter(({ to }) => to.length > 0)
  const bare = planned.node.podPrefixes.filter((own) => !specific.some(({ to }) => overlaps(to, own)))
  if (bare.length === 0) return []
  const message =
    `no route of this machine leads to ${bare.map(formatPrefix).join(' or ')}, its own pods: site ${site.name} has fabric none, so ` +
    'another network plugin carries them, and there is none here, or it has no pod yet; install it, or take another fabric'
  return [{ severity: 'warning', type: 'MissingPlugin', message }]
}
