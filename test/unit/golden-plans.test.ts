// The plans of the example as an operator would read them: what changes in a plan shows here, line by line.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { planNode, preparePlan, topologyOf } from '../../src/planner/index.ts'
import { renderCommands, renderGraphText, renderText } from '../../src/render/index.ts'
import { readWorld } from '../../src/store/index.ts'
import { expectGolden } from '../golden/golden.ts'

const example = join(import.meta.dirname, '../../examples/four-clouds.yaml')

async function planOfExample() {
  const { world, issues } = await readWorld([example])
  expect(issues).toEqual([])
  if (world === undefined) throw new Error('the example has no world')
  const plan = preparePlan(world)
  expect(plan.issues).toEqual([])
  return plan
}

// A gateway over vxlan, a member behind it, a gateway over direct, a member of that, and a machine behind NAT.
for (const name of ['aws-1', 'aws-2', 'gcp-1', 'gcp-2', 'home-1']) {
  test(`the plan of ${name}`, async () => {
    expectGolden(`four-clouds.${name}.txt`, renderText(planNode(await planOfExample(), name), { because: false }))
  })
}

test('the plan of aws-2 with the reason of every line', async () => {
  expectGolden('four-clouds.aws-2.because.txt', renderText(planNode(await planOfExample(), 'aws-2')))
})

test('the plan of aws-1 as commands', async () => {
  expectGolden('four-clouds.aws-1.sh', renderCommands(planNode(await planOfExample(), 'aws-1')))
})

test('the picture in a terminal', async () => {
  expectGolden('four-clouds.graph.txt', renderGraphText(topologyOf(await planOfExample())))
})
