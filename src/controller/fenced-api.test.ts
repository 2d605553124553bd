import { expect, test } from 'vitest'
import { nodeObject } from './cluster.fixture.ts'
import { CORE_NODES } from './core-node.ts'
import { fenceApi } from './fenced-api.ts'
import { createMemoryApi } from './memory-api.fixture.ts'

test('an API server takes every read, and writes only while the Lease is held', async () => {
  const { api, state, put } = createMemoryApi()
  put('nodes', nodeObject('a'))
  let isHeld = true
  const fenced = fenceApi(api, { isHeld: () => isHeld })
  await fenced.create(CORE_NODES, nodeObject('b'))
  expect(state.writes).toEqual(['create nodes/b'])
  isHeld = false
  const refused = 'nothing is written, as this controller does not hold the Lease any more'
  await expect(fenced.create(CORE_NODES, nodeObject('c'))).rejects.toThrow(refused)
  await expect(fenced.replace(CORE_NODES, nodeObject('a'))).rejects.toThrow(refused)
  await expect(fenced.apply(CORE_NODES, nodeObject('a'), { fieldManager: 'x' })).rejects.toThrow(refused)
  await expect(fenced.mergePatch(CORE_NODES, 'a', {})).rejects.toThrow(refused)
  await expect(fenced.remove(CORE_NODES, 'a')).rejects.toThrow(refused)
  expect(state.writes).toEqual(['create nodes/b'])
  expect((await fenced.list(CORE_NODES)).length).toBe(2)
})
