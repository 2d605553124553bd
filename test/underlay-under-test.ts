// Five clouds of every kind, without agents.
import type { Node } from '../src/model/index.ts'
import { underlayOfThisFile } from './lab-underlay.ts'
import { labCloud, labNode, labOf, labWorld } from './lab-world.ts'

const PLACES: readonly (readonly [cloud: string, node: Node])[] = [
  ['aws', labNode('aws-1', '172.31.0.11/20', '203.0.113.11')],
  ['aws', labNode('aws-2', '172.31.0.12/20')],
  ['gcp', labNode('gcp-1', '10.128.0.11/24', '198.51.100.11')],
  ['gcp', labNode('gcp-2', '10.128.0.12/24', '198.51.100.12')],
  ['gcp', labNode('gcp-far', '10.128.1.13/24')],
  ['home', labNode('home-1', '192.168.1.11/24')],
  ['open', labNode('open-1', '192.0.2.5/26', '192.0.2.5')],
  ['open', labNode('six-1', '2001:db8:6::5/64', '2001:db8:6::5')],
  ['lone', labNode('lone-1', '192.0.2.200/32', '192.0.2.200')],
]
const world = labWorld(
  PLACES.map(([, one]) => one),
  ['10.42.0.0/16', 'fd42:42::/48'],
)
const lab = labOf(
  [
    labCloud('aws', 'one-to-one', true),
    labCloud('gcp', 'one-to-one', false, 9001),
    labCloud('home', 'masquerade'),
    labCloud('open', 'none'),
    labCloud('lone', 'none', true),
  ],
  Object.fromEntries(PLACES.map(([place, { name }]) => [name, place])),
)

/** Call once in a test file. */
export const buildUnderlay = () => underlayOfThisFile(world, lab)
