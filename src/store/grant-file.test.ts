import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDirectoryStore } from './directory-store.ts'
import { formatIssue } from './issue.ts'
import type { Store } from './store.ts'
import { WORLD } from './world.fixture.ts'

let root: string
let store: Store
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'damask-grant-'))
  for (const [index, document] of WORLD.split('---\n').entries()) writeFileSync(join(root, `${index}.yaml`), document)
  store = openDirectoryStore({ directory: root })
})
afterEach(() => {
  store.close()
  rmSync(root, { recursive: true })
})
const path = (node = 'aws-1'): string => join(root, `granted/${node}.yaml`)
const put = (name: string, text: string): void => {
  mkdirSync(join(root, 'granted'), { recursive: true })
  writeFileSync(join(root, name), text)
}
const grant = (name: string, slot: number): string =>
  `apiVersion: damask.dev/v1alpha1\nkind: NodeGrant\nmetadata: { name: ${name} }\ngranted: { slot: ${slot} }\n`
const issues = async (): Promise<string[]> =>
  (await store.read()).issues.map((issue) => formatIssue(issue).replaceAll(`${root}/`, ''))

describe('a grant', () => {
  test('is written as a document that says who wrote it, and read as it was written', async () => {
    expect(await store.writeGrant({ name: 'aws-1', site: 'aws', slot: 1 })).toBe(true)
    expect(readFileSync(path(), 'utf8')).toBe(
      '# Written by the controller of this network. Changes are lost.\napiVersion: damask.dev/v1alpha1\nkind: NodeGrant\nmetadata:\n  name: aws-1\ngranted:\n  site: aws\n  slot: 1\n',
    )
    const { world, issues } = await store.read()
    expect(issues).toEqual([])
    expect(world?.grants.get('aws-1')).toEqual({ name: 'aws-1', site: 'aws', slot: 1 })
  })

  test('is written only when it says something else', async () => {
    await store.writeGrant({ name: 'aws-1', slot: 1 })
    const { ino } = statSync(path())
    expect(await store.writeGrant({ name: 'aws-1', slot: 1 })).toBe(false)
    expect(statSync(path()).ino).toBe(ino)
    expect(await store.writeGrant({ name: 'aws-1', slot: 2 })).toBe(true)
    expect(readdirSync(join(root, 'granted'))).toEqual(['aws-1.yaml'])
  })

  test('is removed once, and listed until then, also where its node is gone', async () => {
    expect(await store.grantedNodes()).toEqual([])
    await store.writeGrant({ name: 'gone', slot: 1 })
    await store.writeGrant({ name: 'aws-1', slot: 1 })
    expect(await store.grantedNodes()).toEqual(['aws-1', 'gone'])
    expect((await store.read()).world?.grants.has('gone')).toBe(false)
    expect(await store.removeGrant('gone')).toBe(true)
    expect(await store.removeGrant('gone')).toBe(false)
    expect(await store.grantedNodes()).toEqual(['aws-1'])
  })

  test('never takes the place of a file that a person wrote, nor takes it away', async () => {
    put('granted/aws-1.yaml', '# mine\n')
    const mine = 'somebody else wrote it; move it away, and the controller writes its own'
    await expect(store.writeGrant({ name: 'aws-1', slot: 1 })).rejects.toThrow(
      `cannot write the grant of node aws-1 to ${path()}: ${mine}`,
    )
    await expect(store.removeGrant('aws-1')).rejects.toThrow(
      `cannot remove the grant of node aws-1, ${path()}: ${mine}`,
    )
    expect(readFileSync(path(), 'utf8')).toBe('# mine\n')
  })

  test('is not written beside one that a person wrote elsewhere: two would stop everybody', async () => {
    put('mine.yaml', grant('aws-1', 1))
    await store.read()
    await expect(store.writeGrant({ name: 'aws-1', slot: 2 })).rejects.toThrow(
      `cannot write the grant of node aws-1: one stands in ${join(root, 'mine.yaml')}; take it out there, and the controller writes its own`,
    )
    expect(await issues()).toEqual([])
  })

  test('that is wrong is left out and said, and the rest stands', async () => {
    put('granted/aws-1.yaml', grant('aws-1', 17))
    put('granted/aws-2.yaml', 'kind: [')
    const { world } = await store.read()
    expect(world?.nodes.size).toBe(3)
    expect(world?.grants.size).toBe(0)
    expect((await issues())[0]).toBe(
      'granted/aws-1.yaml:4:18: granted.slot is 17; expected a whole number from 1 to 16',
    )
  })

  test('also counts where the Node itself holds it, unless a NodeGrant says otherwise', async () => {
    put('2.yaml', `${readFileSync(join(root, '2.yaml'), 'utf8')}granted: { slot: 1 }\n`)
    const { world } = await store.read()
    expect(world?.nodes.get('aws-1')?.granted).toEqual({ slot: 1 })
    expect(await issues()).toEqual([])
    put('granted/aws-2.yaml', grant('aws-2', 1))
    expect(await issues()).toEqual([
      'granted/aws-2.yaml:4:18: warning: granted.slot of NodeGrant/aws-2: slot 1 is ignored, as Node/aws-1 holds it in site aws; the other is at 2.yaml:10:18',
    ])
    put('granted/aws-1.yaml', grant('aws-1', 2))
    expect(await issues()).toEqual([
      'granted/aws-1.yaml:4:18: warning: granted.slot of NodeGrant/aws-1: slot 2 is ignored, as site aws has one gateway; the other is at 0.yaml:10:20',
    ])
  })

  test('of another site is ignored, and what the Node itself holds counts', async () => {
    await store.writeGrant({ name: 'aws-1', site: 'gcp', slot: 1 })
    put('granted/aws-2.yaml', grant('aws-2', 1))
    expect(await issues()).toEqual([
      'granted/aws-1.yaml:7:9: warning: granted.slot of NodeGrant/aws-1: slot 1 is ignored, as it was granted in site gcp, and Node/aws-1 is in site aws',
    ])
    put('2.yaml', `${readFileSync(join(root, '2.yaml'), 'utf8')}granted: { site: aws, slot: 1 }\n`)
    expect((await issues())[1]).toContain(
      'slot 1 is ignored, as Node/aws-1 holds it in site aws; the other is at 2.yaml:10:29',
    )
  })

  test('is never seen in part by a reader', async () => {
    await store.writeGrant({ name: 'gcp-1', slot: 1 })
    let isDone = false
    const writing = (async () => {
      for (let slot = 1; slot <= 60; slot++) await store.writeGrant({ name: 'aws-1', slot: (slot % 2) + 1 })
      isDone = true
    })()
    while (!isDone) expect((await store.read()).issues.filter(({ severity }) => severity === 'error')).toEqual([])
    await writing
  })
})
