// The plans of the examples as an operator would read them: what changes in a plan shows here, line by line.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { planNode, preparePlan, topologyOf } from '../../src/planner/index.ts'
import { renderCommands, renderGraphText, renderText } from '../../src/render/index.ts'
import { readWorld } from '../../src/store/index.ts'
import { expectGolden } from '../golden/golden.ts'

async function planOfExample(name = 'four-clouds') {
  const { world, issues } = await readWorld([join(import.meta.dirname, `../../examples/${name}.yaml`)])
  expect(issues).toEqual([])
  if (world === undefined) throw new Error(`the example ${name} has no world`)
  const plan = preparePlan(world)
  expect(plan.issues).toEqual([])
  return plan
}

/** Of each example a gateway and, where there is one, a member behind it; and whoever is unlike both. */
const NODES: Readonly<Record<string, readonly string[]>> = {
  // Over vxlan, over direct, and behind NAT.
  'four-clouds': ['aws-1', 'aws-2', 'gcp-1', 'gcp-2', 'home-1'],
  'behind-nat': ['rented-1', 'office-1', 'office-2', 'workshop-1'],
  'full-mesh': ['oregon-1', 'home-1'],
  'ipv6-only': ['north-1', 'north-2', 'south-2'],
  mixed: ['dublin-1', 'dublin-2', 'porto-1'],
  'nanjing-shanghai': ['n1', 'n2', 's1'],
  'one-site-cross-subnet': ['floor-1a'],
  'one-site-direct': ['rack-1', 'rack-2'],
  'one-site-vxlan': ['virginia-1', 'virginia-2'],
  'one-site-wireguard': ['shared-1', 'shared-2'],
  'two-gateways': ['a2', 'a3', 'b1', 'b3'],
}

for (const [example, nodes] of Object.entries(NODES))
  for (const name of nodes)
    test(`the plan of ${name} in ${example}`, async () => {
      const state = planNode(await planOfExample(example), name)
      expectGolden(`${example}.${name}.txt`, renderText(state, { because: false }))
    })

test('the plan of aws-2 with the reason of every line', async () => {
  expectGolden('four-clouds.aws-2.because.txt', renderText(planNode(await planOfExample(), 'aws-2')))
})

test('the plan of aws-1 as commands', async () => {
  expectGolden('four-clouds.aws-1.sh', renderCommands(planNode(await planOfExample(), 'aws-1')))
})

test('the picture in a terminal', async () => {
  expectGolden('four-clouds.graph.txt', renderGraphText(topologyOf(await planOfExample())))
})
