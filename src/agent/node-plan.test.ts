import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type PublicKey, parsePrefix } from '../model/index.ts'
import { readWorld } from '../store/index.ts'
import { createNodePlan } from './node-plan.ts'

const { world } = await readWorld([join(import.meta.dirname, '../../examples/four-clouds.yaml')])
if (world === undefined) throw new Error('the example is no world')
const NODE = 'aws-1'
const address = world.nodes.get(NODE)?.privateAddresses[0]

function plannedNode() {
  const nodePlan = createNodePlan({
    node: NODE,
    publicKey: 'key' as PublicKey,
    host: { acceptsRouterAdvertisements: () => false, ipv6MtuBytes: () => undefined },
    pods: () => [],
    learned: () => ({ liveness: undefined, resolvedHosts: {} }),
  })
  nodePlan.setWorld(world as NonNullable<typeof world>)
  const look = (mtuBytes: number, more: readonly string[] = []) =>
    nodePlan.stateFor({
      entries: [],
      activity: [],
      hostLinks: [
        { name: 'eth0', mtuBytes, isUp: true, hardwareAddress: '', addresses: address ? [address] : [] },
        ...more.map((text, index) => {
          const prefix = parsePrefix(text)
          const addresses = [{ address: prefix, length: prefix.length }]
          return { name: `docker${index}`, mtuBytes, isUp: true, hardwareAddress: '', addresses }
        }),
      ],
    })
  look(1500)
  return { nodePlan, look, ownSite: () => nodePlan.plan()?.sites.get(nodePlan.plan()?.nodeNamed(NODE)?.siteName ?? '') }
}

it('a new world that changes nothing at our own site leaves it the same object, with what was made of it', () => {
  const { nodePlan, look, ownSite } = plannedNode()
  const before = ownSite()
  nodePlan.setWorld({ ...world, statuses: new Map(world.statuses) })
  expect(ownSite()).toBe(before)
  expect(before?.nodes.find(({ node }) => node.name === NODE)?.status).toMatchObject({ underlayMtuBytes: 1500 })
  look(1400)
  expect(ownSite()).not.toBe(before)
  expect(ownSite()?.nodes.find(({ node }) => node.name === NODE)?.status).toMatchObject({ underlayMtuBytes: 1400 })
})

it('the plan is made anew when a network of the host comes or goes, and only then', () => {
  const { look } = plannedNode()
  const before = look(1500)
  expect(look(1500)).toBe(before)
  const beside = look(1500, ['172.17.0.0/16'])
  expect(beside).not.toBe(before)
  expect(look(1500, ['172.17.0.0/16'])).toBe(beside)
})
