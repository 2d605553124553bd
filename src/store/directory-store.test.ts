import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parsePrefix } from '../model/index.ts'
import { openDirectoryStore } from './directory-store.ts'
import type { Store } from './store.ts'
import { WORLD } from './world.fixture.ts'

let folder: string
let root: string
let store: Store
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-store-'))
  root = join(folder, 'store')
  mkdirSync(root)
  for (const [index, document] of WORLD.split('---\n').entries()) writeFileSync(join(root, `${index}.yaml`), document)
  store = openDirectoryStore({ directory: root })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

/** The document of aws-2. */
const NODE_FILE = '3.yaml'
const nodeText = (): string => readFileSync(join(root, NODE_FILE), 'utf8')

describe('reading again', () => {
  test('gives the very same result where nothing changed', async () => {
    const first = await store.read()
    expect(first.world?.nodes.size).toBe(3)
    expect(await store.read()).toBe(first)
  })

  test('parses only the file that changed', async () => {
    const before = await store.read()
    writeFileSync(join(root, NODE_FILE), nodeText().replace('10.42.2.0/24', '10.42.200.0/24'))
    const after = await store.read()
    expect(after.world?.nodes.get('aws-2')).not.toEqual(before.world?.nodes.get('aws-2'))
    expect(after.world?.nodes.get('aws-1')).toBe(before.world?.nodes.get('aws-1'))
    expect(after.world?.network).toBe(before.world?.network)
  })

  test('forgets a file that went away', async () => {
    await store.read()
    rmSync(join(root, NODE_FILE))
    expect([...((await store.read()).world?.nodes.keys() ?? [])]).toEqual(['aws-1', 'gcp-1'])
  })

  test('has issues and no World while a file is half written, and then a World again', async () => {
    const text = nodeText()
    writeFileSync(join(root, NODE_FILE), text.slice(0, 70))
    const broken = await store.read()
    expect(broken.world).toBeUndefined()
    expect(broken.issues).toHaveLength(1)
    writeFileSync(join(root, NODE_FILE), text)
    expect((await store.read()).world?.nodes.size).toBe(3)
  })

  test('leaves out a status that is wrong, says so, and keeps the rest', async () => {
    mkdirSync(join(root, 'status'))
    writeFileSync(join(root, 'status', 'aws-1.yaml'), 'kind: [')
    const { world, issues } = await store.read()
    expect(world?.nodes.size).toBe(3)
    expect(issues.map(({ severity, file }) => [severity, file.endsWith('status/aws-1.yaml')])).toEqual([
      ['error', true],
    ])
  })

  test('does not mind how a lab is built', async () => {
    const lab =
      'apiVersion: damask.dev/v1alpha1\nkind: Lab\nmetadata: { name: l }\nspec: { clouds: [{ name: moon, nat: none }] }\n'
    writeFileSync(join(root, 'lab.yaml'), lab)
    expect((await store.read()).world?.nodes.size).toBe(3)
  })

  test('has an issue while the folder is away', async () => {
    renameSync(root, join(folder, 'away'))
    const { world, issues } = await store.read()
    expect(world).toBeUndefined()
    expect(issues.map(({ message }) => message)).toEqual(['there is no such file or folder'])
  })

  test('says where a contradiction is after another file moved it', async () => {
    writeFileSync(join(root, NODE_FILE), nodeText().replace('10.42.2.0/24', '10.42.1.0/24'))
    expect((await store.read()).issues).toMatchObject([{ file: join(root, NODE_FILE), line: 8 }])
    writeFileSync(join(root, NODE_FILE), `# one line more\n${nodeText()}`)
    expect((await store.read()).issues).toMatchObject([{ file: join(root, NODE_FILE), line: 9 }])
  })
})

describe('watching', () => {
  const changes = vi.fn<() => void>()
  beforeEach(() => {
    changes.mockClear()
    store.watch(changes)
  })

  const untilTold = (): Promise<void> =>
    vi.waitFor(() => expect(changes).toHaveBeenCalled(), { timeout: 60_000, interval: 5 })
  /** Waits until a change was told, and after it until the store was quiet. */
  const told = async (): Promise<void> => {
    await untilTold()
    await quiet()
    changes.mockClear()
  }
  const quiet = async (): Promise<void> => {
    // Turn by turn: where the process was kept waiting, a timer is due before what the kernel has to tell was read.
    for (let turn = 0; turn < 8; turn++) await new Promise((done) => setTimeout(done, 10))
  }
  const put = (name: string, text: string): void => writeFileSync(join(root, name), text)

  test('tells of a file that is written, made and removed', async () => {
    put(NODE_FILE, `${nodeText()}# more\n`)
    await told()
    put('new.yaml', '')
    await told()
    rmSync(join(root, 'new.yaml'))
    await told()
  })

  test('tells once of what comes together', async () => {
    for (let index = 0; index < 50; index++) put(`new-${index}.yaml`, '')
    await untilTold()
    await quiet()
    expect(changes.mock.calls.length).toBeLessThanOrEqual(3)
  })

  test('tells of files that are replaced by a rename, each time', async () => {
    for (let round = 0; round < 3; round++) {
      put('.hidden.tmp', `${nodeText()}# ${round}\n`)
      renameSync(join(root, '.hidden.tmp'), join(root, NODE_FILE))
      await told()
    }
  })

  test('says nothing of files that are not read', async () => {
    put('.hidden.yaml', '')
    put('notes.txt', '')
    put('x.yaml~', '')
    writeFileSync(join(folder, 'beside.yaml'), '')
    await quiet()
    expect(changes).not.toHaveBeenCalled()
  })

  test('tells of what is in a folder that came later, at any depth', async () => {
    mkdirSync(join(root, 'a/b'), { recursive: true })
    await told()
    put('a/b/x.yaml', '')
    await told()
  })

  test('goes on when a folder is removed and made again', async () => {
    mkdirSync(join(root, 'nodes'))
    await told()
    for (let round = 0; round < 3; round++) {
      rmSync(join(root, 'nodes'), { recursive: true })
      mkdirSync(join(root, 'nodes'))
      await told()
      put('nodes/x.yaml', `# ${round}\n`)
      await told()
    }
  })

  test('goes on when the whole store is removed and made again, also with the folder above', async () => {
    for (const gone of [root, folder, root]) {
      rmSync(gone, { recursive: true })
      await told()
      mkdirSync(root, { recursive: true })
      await told()
      put('x.yaml', '')
      await told()
    }
  })

  test('tells of the status of another node', async () => {
    await store.writeStatus({ name: 'aws-1' })
    await told()
    await store.writeStatus({ name: 'aws-1', underlayMtuBytes: 1400 })
    await told()
  })

  test('has a file read again that was written twice within one tick of the clock', async () => {
    await store.read()
    const path = join(root, NODE_FILE)
    const { atime, mtime } = statSync(path)
    utimesSync(path, atime, mtime)
    await told()
    await store.read()
    put(NODE_FILE, nodeText().replace('10.42.2.0/24', '10.42.9.0/24'))
    utimesSync(path, atime, mtime)
    await told()
    expect((await store.read()).world?.nodes.get('aws-2')?.podPrefixes).toEqual([parsePrefix('10.42.9.0/24')])
  })

  test('stops', async () => {
    store.close()
    put('new.yaml', '')
    await quiet()
    expect(changes).not.toHaveBeenCalled()
  })
})
