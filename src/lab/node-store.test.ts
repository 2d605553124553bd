import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { labCloud, labNode, labOf, labWorld } from '../../test/lab-world.ts'
import type { LabRecord } from './lab-record.ts'
import { layOut } from './layout.ts'
import { copyStatuses, handOutDocuments, keepCopyingStatuses, storeFolder } from './node-store.ts'

let record: LabRecord
beforeEach(() => {
  const nodes = ['a', 'b', 'c'].map((name, nth) => labNode(name, `10.0.0.${nth + 1}/24`))
  const lab = labOf([labCloud('one', 'none')], { a: 'one', b: 'one', c: 'one' })
  record = {
    folder: mkdtempSync(join(tmpdir(), 'damask-stores-')),
    mode: 'up',
    owner: { pid: 0, startTicks: 0 },
    tools: { damask: [], cni: '' },
    layout: layOut(labWorld(nodes), lab, 'abc123'),
    stores: 'own',
    processes: [],
    routers: [],
    pods: [],
  }
  write(join(record.folder, 'world', 'nodes', 'a.yaml'), 'a node')
  handOutDocuments(record)
})
afterEach(() => rmSync(record.folder, { recursive: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
const status = (at: string, of: string): string => join(storeFolder(record, at), 'status', `${of}.yaml`)
const says = (at: string, of: string): string | undefined =>
  existsSync(status(at, of)) ? readFileSync(status(at, of), 'utf8') : undefined
const namesAt = (at: string): string[] => readdirSync(dirname(status(at, at))).sort()

describe('stores of the nodes themselves', () => {
  it('start as whole copies, and no change of one is seen in another', () => {
    for (const node of ['a', 'b', 'c'])
      expect(readFileSync(join(storeFolder(record, node), 'nodes', 'a.yaml'), 'utf8')).toBe('a node')
    write(status('a', 'a'), 'key of a')
    expect(says('b', 'a')).toBeUndefined()
  })

  it('are one folder where the lab shares it', () => {
    expect(storeFolder({ ...record, stores: 'shared' }, 'a')).toBe(storeFolder({ ...record, stores: 'shared' }, 'b'))
  })
})

describe('copyStatuses', () => {
  it('brings what each says of itself to all others, once', () => {
    write(status('a', 'a'), 'key of a')
    write(status('b', 'b'), 'key of b')
    expect(copyStatuses(record)).toBe(4)
    for (const at of ['a', 'b', 'c']) expect([says(at, 'a'), says(at, 'b')]).toEqual(['key of a', 'key of b'])
    expect(copyStatuses(record)).toBe(0)
  })

  it('brings what has changed, and never to a node what others last heard of it', () => {
    write(status('a', 'a'), 'key of a')
    copyStatuses(record)
    write(status('a', 'a'), 'another key')
    write(status('c', 'a'), 'forged')
    expect(copyStatuses(record)).toBe(2)
    expect(['a', 'b', 'c'].map((at) => says(at, 'a'))).toEqual(['another key', 'another key', 'another key'])
  })

  it('leaves nothing beside the files that it copied, nor anything in other folders', () => {
    write(status('a', 'a'), 'key of a')
    write(join(storeFolder(record, 'a'), 'nodes', 'd.yaml'), 'written by hand on a')
    copyStatuses(record)
    expect(namesAt('b')).toEqual(['a.yaml'])
    expect(existsSync(join(storeFolder(record, 'b'), 'nodes', 'd.yaml'))).toBe(false)
  })
})

it('keepCopyingStatuses() copies again and again, and no more once it is closed', async () => {
  const copying = keepCopyingStatuses(record)
  try {
    write(status('a', 'a'), 'first')
    await expect.poll(() => says('c', 'a')).toBe('first')
    write(status('a', 'a'), 'second')
  } finally {
    copying.close()
  }
  expect(says('c', 'a')).toBe('second')
  write(status('a', 'a'), 'third')
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(says('c', 'a')).toBe('second')
})
