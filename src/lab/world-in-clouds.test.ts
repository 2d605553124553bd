import { expect, it } from 'vitest'
import { labCloud, labNode, labOf, labWorld } from '../../test/lab-world.ts'
import { preparePlan } from '../planner/index.ts'
import { worldInClouds } from './world-in-clouds.ts'

const a = labNode('a', '10.0.0.1/24', '203.0.113.1', ['10.42.1.0/24', 'fd42:42:0:1::/64'])
const b = labNode('b', '10.0.1.1/24', '203.0.113.2', ['10.42.2.0/24', 'fd42:42:0:2::/64'])
const world = labWorld([a, b], ['10.42.0.0/16', 'fd42:42::/48'])

it('a cloud too narrow for IPv6 pods is known before anything stands in it', () => {
  const lab = labOf([labCloud('narrow', 'one-to-one', false, 1280), labCloud('wide', 'one-to-one')], {
    a: 'narrow',
    b: 'wide',
  })
  expect(preparePlan(world).issues).toEqual([])
  expect(preparePlan(worldInClouds(world, lab)).issues.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^the underlay of Node\/a leaves 1220 bytes for a pod's packet, and IPv6 needs 1280/),
  ])
})

it('what a node said of itself stays beside it', () => {
  const said = { ...world, statuses: new Map([['a', { name: 'a', underlayMtuBytes: 9000, conditions: [] }]]) }
  const lab = labOf([{ ...labCloud('one', 'none', false, 9000), ipv6MtuBytes: 1400 }], { a: 'one' })
  expect([...worldInClouds(said, lab).statuses.values()]).toEqual([
    { name: 'a', underlayMtuBytes: 9000, underlayIpv6MtuBytes: 1400, conditions: [] },
  ])
})
