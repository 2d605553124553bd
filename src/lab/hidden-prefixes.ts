// What the internet of a lab must never see outside an encryption: what the listener listens for.
import { hostPrefix, type Lab, type Node, type Prefix, subtractPrefixes, type World } from '../model/index.ts'
import { ownedByNode, preparePlan } from '../planner/index.ts'
import type { CloudLayout } from './cloud-layout.ts'
import { publicAddresses } from './public-address.ts'

/**
 * The network's ranges, and its machines' private addresses where they are joined. Less what the internet itself goes by, which
 * may lie inside a range: endpoints, the addresses of machines that no cloud translates, the ends of the clouds' lines.
 */
export function hiddenPrefixes(world: World, lab: Pick<Lab, 'hosts'>, clouds: readonly CloudLayout[]): Prefix[] {
  const { podPrefixes, lan } = world.network
  const nodes = [...world.nodes.values()]
  const joined = world.network.joinPrivateAddresses ? nodes.flatMap(privatePrefixes) : []
  const secret = [...podPrefixes, ...(lan ? [lan] : []), ...joined, ...spokenByPrivately(world)]
  const untranslated = clouds.filter(({ nat }) => nat === 'none').flatMap(({ members }) => members)
  return subtractPrefixes(secret, [
    ...nodes.flatMap((node) => publicAddresses(node, lab).map(hostPrefix)),
    ...nodes.filter(({ name }) => untranslated.includes(name)).flatMap(privatePrefixes),
    ...clouds.flatMap(({ transit }) => transit.flatMap(({ internet, cloud }) => [internet, cloud].map(hostPrefix))),
  ])
}

/** Private addresses are also joined one by one, where a machine has no other by which to speak into the network. */
const spokenByPrivately = (world: World): Prefix[] =>
  [...preparePlan(world).sites.values()].flatMap((site) =>
    site.nodes.flatMap((node) =>
      ownedByNode(site, node)
        .filter(({ kind }) => kind === 'private')
        .map(({ prefix }) => prefix),
    ),
  )

const privatePrefixes = ({ privateAddresses }: Node): Prefix[] =>
  privateAddresses.map(({ address }) => hostPrefix(address))
