// What the agents of a lab will find before the first of them runs: how large packets may be in the clouds where the nodes stand.
import type { Lab, NodeStatus, World } from '../model/index.ts'

/** The same world, with every node saying the MTU of its cloud. */
export function worldInClouds(world: World, { clouds, placement }: Lab): World {
  const statuses = new Map<string, NodeStatus>(world.statuses)
  for (const name of world.nodes.keys()) {
    const cloud = clouds.find((one) => one.name === placement.get(name))
    if (cloud === undefined) continue
    const { mtuBytes: underlayMtuBytes, ipv6MtuBytes } = cloud
    const ipv6 = ipv6MtuBytes === undefined ? {} : { underlayIpv6MtuBytes: ipv6MtuBytes }
    statuses.set(name, { ...(world.statuses.get(name) ?? { name }), underlayMtuBytes, ...ipv6 })
  }
  return { ...world, statuses }
}
