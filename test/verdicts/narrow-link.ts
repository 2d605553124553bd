// Faults of sizes: a device of ours is narrower than the plan says, or a wire under it is.
import { WAN } from '../../src/lab/cloud-nat.ts'
import { within } from '../../src/lab/within.ts'
import { IPV6_MINIMUM_MTU } from '../../src/model/index.ts'
import { changing, pickLink, standingOf } from './broken-entry.ts'
import type { Breaker } from './fault.ts'

/** Not below what IPv6 needs: the kernel would take it off the device. */
export const narrowLink: Breaker = async (_, node, pick) => {
  const links = (await standingOf(node, 'link')).filter(({ mtuBytes }) => mtuBytes > IPV6_MINIMUM_MTU)
  const link = pickLink(links, pick)
  if (!link) return undefined
  const entry = { ...link, mtuBytes: IPV6_MINIMUM_MTU }
  return changing(node, `${link.name} has MTU ${entry.mtuBytes}`, [{ op: 'update', entry, observed: link }])
}

const NARROW_BYTES = 1290

/** Both ends of the cloud's line to the internet, or of the node's wire. A line that is narrower for IPv6 already stays as it is. */
export const narrowUnderlay: Breaker = async ({ layout }, { name, namespace }, pick) => {
  const node = layout.nodes.find((one) => one.name === name)
  const cloud = layout.clouds.find((one) => one.name === node?.cloud)
  if (!node || !cloud || cloud.ipv6MtuBytes !== undefined) return undefined
  const set = (place: string, link: string): Promise<void> =>
    within(place, ({ netlink }) => netlink.setLink(link, { mtuBytes: NARROW_BYTES }))
  if (pick([0, 1]) === 0)
    return {
      text: `the line of ${cloud.name} has MTU ${NARROW_BYTES}`,
      async put() {
        await set(cloud.namespace, WAN)
        await set(layout.internet, cloud.port)
      },
      declare(underlay) {
        const network = underlay.networks.get(cloud.name)
        if (!network?.uplink) throw new Error(`the underlay has no network ${cloud.name}`)
        const narrow = { ...network, uplink: { ...network.uplink, mtuBytes: NARROW_BYTES } }
        return { ...underlay, networks: new Map(underlay.networks).set(cloud.name, narrow) }
      },
    }
  return {
    text: `the wire of ${name} has MTU ${NARROW_BYTES}`,
    async put() {
      await set(namespace, 'eth0')
      await set(cloud.namespace, node.port)
      // The bridge would follow, and its router split what is too large.
      await within(cloud.namespace, ({ netlink }) => netlink.setLink(node.bridge, { mtuBytes: cloud.mtuBytes }))
    },
    declare(underlay) {
      const host = underlay.hosts.get(name)
      if (!host) throw new Error(`the underlay has no host ${name}`)
      return { ...underlay, hosts: new Map(underlay.hosts).set(name, { ...host, mtuBytes: NARROW_BYTES }) }
    },
  }
}
