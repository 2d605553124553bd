import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Plan } from '../planner/index.ts'
import { makeGrants, viewGrants } from './grant-round.ts'
import { node, openTrial, type Trial } from './trial-controller.fixture.ts'

let trial: Trial
beforeEach(() => {
  trial = openTrial()
})
afterEach(() => trial.close())

/** Four of another subnet: of the first names, preferred, and more than the old ones. */
const strays = (fields = ''): string =>
  ['0-w', '0-x', '0-y', '0-z']
    .map((name, index) => node(name, 20 + index, `, gateway: prefer${fields}`).replace('192.168.0.', '192.168.99.'))
    .join('---\n')

/** One round; returns the plan it was made by. */
async function round(previous?: Plan): Promise<Plan> {
  const view = await viewGrants(trial.store, previous)
  if (view.kind === 'broken') throw new Error(view.errors.join('; '))
  expect(await makeGrants(trial.store, view, (sentence) => trial.lines.push(sentence))).toEqual([])
  return view.plan
}

describe('a round of grants', () => {
  test('leaves newcomers out that cannot be planned, as agents do, and grants the others', async () => {
    const plan = await round()
    trial.put('0.yaml', strays())
    trial.put('t.yaml', node('t', 9).replace('site: s', 'site: t'))
    const next = await round(plan)
    expect(trial.granted()).toEqual({ a: '1', b: '2', t: '1' })
    trial.put('0.yaml', strays().replaceAll('site: s', 'site: u'))
    await round(next)
    expect(trial.granted()).toEqual({ '0-w': '1', '0-x': '2', a: '1', b: '2', t: '1' })
  })

  test('of a controller that was just started knows by the grants who was here first', async () => {
    await round()
    trial.put('0.yaml', strays())
    trial.put('t.yaml', node('t', 9).replace('site: s', 'site: t'))
    await round()
    expect(trial.granted()).toEqual({ a: '1', b: '2', t: '1' })
    trial.put('b.yaml', node('b', 2).replace('192.168.0.2', '192.168.99.2'))
    expect(await viewGrants(trial.store)).toEqual({
      kind: 'broken',
      errors: [expect.stringContaining('is not in the subnet of a')],
    })
  })

  test('takes a grant that somebody wrote for a newcomer that is left out', async () => {
    const plan = await round()
    await trial.store.writeGrant({ name: '0-w', site: 's', slot: 1 })
    trial.put('0.yaml', strays())
    await round(plan)
    expect(trial.granted()).toEqual({ a: '1', b: '2' })
    expect(trial.lines.at(-1)).toBe('removed the grant of node 0-w, which is left out of the plan')
  })
})
