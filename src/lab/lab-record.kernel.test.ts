// Labs side by side: who may be swept away, and who may not. Needs root: labs live under /run.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createNamespace, listNamespaces } from '../linux/index.ts'
import { createRecord, LABS_FOLDER, type LabRecord, readRecords } from './lab-record.ts'
import { isRunning, killAll, processesIn, processRecord } from './process-record.ts'
import { sweepAbandoned, tearDown } from './tear-down.ts'

const made: LabRecord[] = []
/** Other tests make labs at the same time. */
const ids: string[] = []
afterEach(async () => {
  for (const record of made.splice(0)) await tearDown(record)
})

/** A lab of one namespace with one process in it. */
function makeLab(mode: LabRecord['mode'], ownerTicks: number, name?: string): LabRecord {
  const id = randomBytes(3).toString('hex')
  ids.push(id)
  const own = processRecord(process.pid)
  const record: LabRecord = {
    folder: join(LABS_FOLDER, name ?? `record-test-${id}`),
    mode,
    owner: { ...own, startTicks: own.startTicks + ownerTicks },
    tools: { damask: [], cni: '' },
    layout: {
      id,
      name: name ?? 'record-test',
      internet: `dmk-${id}-internet`,
      clouds: [],
      nodes: [],
      hosts: [],
      hidden: [],
      vxlanPorts: [],
    },
    stores: 'shared',
    processes: [],
    routers: [],
    pods: [],
  }
  createRecord(record)
  made.push(record)
  createNamespace(record.layout.internet)
  return record
}
const stands = ({ folder, layout }: LabRecord): boolean =>
  existsSync(folder) && listNamespaces(layout.internet).length > 0
const DEAD = -1
const ALIVE = 0

describe('sweepAbandoned', () => {
  it('takes away a run whose owner died, and neither one that runs nor one that was left up', async () => {
    const [abandoned, running, up] = [makeLab('run', DEAD), makeLab('run', ALIVE), makeLab('up', DEAD)]
    await sweepAbandoned(() => {})
    expect([abandoned, running, up].map(stands)).toEqual([false, true, true])
  })

  it('ends whatever runs in its namespaces, although nobody wrote it down', async () => {
    const lab = makeLab('run', DEAD)
    const child = spawn('nsenter', [`--net=/run/netns/${lab.layout.internet}`, 'sleep', '60'], { stdio: 'ignore' })
    const record = processRecord(child.pid ?? 0)
    await expect.poll(() => processesIn([`/run/netns/${lab.layout.internet}`])).toHaveLength(1)
    await sweepAbandoned(() => {})
    expect(isRunning(record)).toBe(false)
    await killAll([record])
  })
})

describe('createRecord', () => {
  it('lets two runs of one file stand side by side', () => {
    const [first, second] = [makeLab('run', ALIVE), makeLab('run', ALIVE)]
    expect([first, second].map(stands)).toEqual([true, true])
  })

  it('refuses a second lab of the same name, and leaves the first as it was', () => {
    const name = `record-test-${randomBytes(3).toString('hex')}`
    const first = makeLab('up', ALIVE, name)
    expect(() => makeLab('up', ALIVE, name)).toThrow(`damask lab down ${name}`)
    expect(stands(first)).toBe(true)
    expect(readRecords().filter(({ layout }) => layout.name === name)).toHaveLength(1)
    expect(readdirSync(LABS_FOLDER).filter((entry) => ids.some((id) => entry === `.${id}`))).toEqual([])
  })
})
