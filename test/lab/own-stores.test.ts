// Machines whose documents reach each other only by being copied.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  checkPairs,
  copyStatuses,
  findRecord,
  killAgent,
  nodeFolder,
  readEnds,
  replaceAgent,
  storeFolder,
  waitUntilReady,
  worldFolder,
} from '../../src/lab/index.ts'
import { damask, labId, remainsOf, WORLDS } from './damask-process.ts'
import { labOfThisFile, uniqueWorld } from './lab-under-test.ts'

const OWN_STORES = `${WORLDS}/own-stores.yaml`

describe('a lab whose nodes have stores of their own', () => {
  const lab = labOfThisFile(OWN_STORES)
  const failedPairs = async () => {
    const ends = await readEnds(lab.record())
    const { pairs, failed } = await checkPairs(ends, AbortSignal.timeout(240_000))
    expect(pairs).toHaveLength(6)
    return failed
  }

  it('comes up: what the agents say of themselves has been copied once', async () => {
    for (const node of ['n1', 'n2', 's1'])
      expect(readdirSync(join(storeFolder(lab.record(), node), 'status')).sort()).toEqual([
        'n1.yaml',
        'n2.yaml',
        's1.yaml',
      ])
    expect(await failedPairs()).toEqual([])
  })

  it('learns the new key of a node only when somebody copies it', async () => {
    const statusAt = (place: string): string =>
      readFileSync(join(storeFolder(lab.record(), place), 'status', 's1.yaml'), 'utf8')
    const old = statusAt('n1')
    await killAgent(lab.record(), 's1')
    rmSync(join(nodeFolder(lab.record(), 's1'), 'state', 'private.key'))
    replaceAgent(lab.record(), 's1')
    await expect.poll(() => statusAt('s1'), { timeout: 120_000 }).not.toBe(old)
    const peersOf = (node: string): Promise<string> => lab.ask(node, 'wg', 'show', 'damask-t1', 'peers')
    const key = /publicKey: (\S+)/.exec(statusAt('s1'))?.[1] ?? 'no key'
    expect(statusAt('n1')).toBe(old)
    expect(await peersOf('n1')).not.toContain(key)

    expect(copyStatuses(lab.record())).toBe(2)
    await expect.poll(() => peersOf('n1'), { timeout: 120_000 }).toContain(key)
    expect(await waitUntilReady(lab.record(), 120_000, AbortSignal.timeout(180_000))).toEqual([])
    expect(await failedPairs()).toEqual([])
  })
})

describe('a lab in which a site may have several gateways', () => {
  const folder = mkdtempSync(join(tmpdir(), 'damask-controller-'))
  const file = join(folder, 'shared.yaml')
  writeFileSync(
    file,
    readFileSync(OWN_STORES, 'utf8')
      .replace('  stores: own\n', '')
      .replace('fabric: {', 'gatewaysPerSite: 2\n  fabric: {')
      .replaceAll('port: 51820 }] }', 'port: 51820 }, { protocol: udp, port: 51821 }] }'),
  )
  const world = uniqueWorld(file)
  let id: string
  beforeAll(async () => {
    const { code, complaints } = await damask('lab', 'up', world.file)
    id = labId(complaints)
    expect(code, complaints).toBe(0)
  })
  afterAll(async () => {
    await damask('lab', 'down', world.name)
    world.remove()
    rmSync(folder, { recursive: true })
    expect(remainsOf(id, world.name)).toEqual([])
  })

  it('has a controller, which grants slots beside the documents, and ends with the lab', async () => {
    const record = findRecord(world.name)
    const granted = (node: string): string => join(worldFolder(record), 'granted', `${node}.yaml`)
    await expect
      .poll(() => existsSync(granted('n2')) && readFileSync(granted('n2'), 'utf8'), { timeout: 120_000 })
      .toContain('slot: 2')
    // Empty for a process that only waits to be buried.
    const commandLine = (): string => {
      const file = `/proc/${record.controller?.pid}/cmdline`
      return existsSync(file) ? readFileSync(file, 'utf8') : ''
    }
    expect(commandLine()).toContain('controller')
    expect((await damask('lab', 'down', world.name)).code).toBe(0)
    expect(commandLine()).toBe('')
  })
})
