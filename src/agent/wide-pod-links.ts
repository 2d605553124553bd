// Fabric `none`: the links of this machine's pods are another plugin's. What they let through but the way to other sites does not, is
// refused on the way, and whoever sent it has to be told; TCP has its segments cut to size, everything else may get lost.
import { containsPrefix } from '../model/index.ts'
import type { Plan } from '../planner/index.ts'
import type { Host, HostFinding } from './host-check.ts'

/** Says so where a link of another plugin takes larger packets from pods than other sites are sent. */
export function findWidePodLinks(
  plan: Plan | undefined,
  name: string,
  { routes, ipv6MtuBytes }: Pick<Host, 'routes' | 'ipv6MtuBytes'>,
): readonly HostFinding[] {
  const planned = plan?.nodeNamed(name)
  const site = plan?.sites.get(planned?.siteName ?? '')
  if (plan === undefined || planned === undefined || site?.fabric.kind !== 'none' || plan.sites.size < 2) return []
  const most = plan.mtus.podBytes
  const isOwn = (to: Parameters<typeof containsPrefix>[1]): boolean =>
    planned.node.podPrefixes.some((own) => containsPrefix(own, to))
  const links = new Set(routes().flatMap(({ to, link }) => (link !== 'lo' && isOwn(to) ? [link] : [])))
  // By what IPv6 takes, as that can be read anywhere; where nobody said less it is what the link takes.
  const wide = [...links].flatMap((link) => {
    const bytes = ipv6MtuBytes(link) ?? 0
    return bytes > most ? [{ link, bytes }] : []
  })
  const [first, second] = wide
  if (first === undefined) return []
  // A plugin may have a link a pod, and they come and go.
  const who =
    second === undefined
      ? `${first.link}, by which this machine reaches its own pods, lets`
      : 'the links of its own pods let'
  const message =
    `${who} through packets of ${Math.max(...wide.map(({ bytes }) => bytes))} bytes, and to other sites go no more than ${most}: ` +
    `what is larger is refused on the way; set the MTU of the network plugin of site ${site.name} to ${most}, and start its pods anew`
  return [{ severity: 'warning', type: 'WidePodLinks', message }]
}
