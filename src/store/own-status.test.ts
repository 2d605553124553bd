import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDirectoryStore } from './directory-store.ts'
import { readWorld } from './store-reader.ts'
import { WORLD } from './world.fixture.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-store-'))
  mkdirSync(join(folder, 'status'))
  writeFileSync(join(folder, 'world.yaml'), WORLD) // with a NodeStatus of aws-1: 1500 bytes
})
afterEach(() => rmSync(folder, { recursive: true }))

const status = (name: string, mtu: number): string =>
  `apiVersion: damask.dev/v1alpha1\nkind: NodeStatus\nmetadata: { name: ${name} }\nstatus: { publicKey: CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=, underlayMtu: ${mtu} }\n`

test('a status that was handed round with the documents counts more than what the agent here wrote', async () => {
  writeFileSync(join(folder, 'status/aws-1.yaml'), status('aws-1', 1400))
  const { world, issues } = await readWorld([folder])
  expect(issues).toEqual([])
  expect(world?.statuses.get('aws-1')?.underlayMtuBytes).toBe(1500)
})

test('what the agent here wrote counts where no other is', async () => {
  writeFileSync(join(folder, 'status/gcp-1.yaml'), status('gcp-1', 1400))
  const store = openDirectoryStore({ directory: folder })
  expect((await store.read()).world?.statuses.get('gcp-1')?.underlayMtuBytes).toBe(1400)
  writeFileSync(join(folder, 'a.yaml'), status('gcp-1', 1300))
  const { world, issues } = await store.read()
  expect(issues).toEqual([])
  expect(world?.statuses.get('gcp-1')?.underlayMtuBytes).toBe(1300)
  store.close()
})

test('two that were both handed round contradict each other', async () => {
  writeFileSync(join(folder, 'b.yaml'), status('aws-1', 1400))
  const { issues } = await readWorld([folder])
  expect(issues.map(({ message }) => message).join()).toMatch(/there is a second NodeStatus named "aws-1"/)
})
