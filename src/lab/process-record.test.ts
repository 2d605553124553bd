import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { isRunning, killAll, processesIn, processRecord, tryProcessRecord } from './process-record.ts'

describe('process record', () => {
  it('knows a process again', () => {
    expect(isRunning(processRecord(process.pid))).toBe(true)
  })

  it('does not take another process with the same pid for it', () => {
    const own = processRecord(process.pid)
    expect(isRunning({ ...own, startTicks: own.startTicks - 1 })).toBe(false)
  })

  it('has no record of a process that is not there', () => {
    expect(tryProcessRecord(0x7fff_fff0)).toBeUndefined()
  })

  it('kills what it recorded, waits for the end, and spares who only has the pid', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' })
    const record = processRecord(child.pid ?? 0)
    await killAll([{ ...record, startTicks: record.startTicks + 1 }])
    expect(isRunning(record)).toBe(true)
    await killAll([record])
    expect(isRunning(record)).toBe(false)
  })

  it('reads the start time of a process whose name holds a parenthesis', () => {
    process.title = 'odd) R 1 2 ('
    expect(processRecord(process.pid).startTicks).toBeGreaterThan(0)
  })

  it('finds no process in a namespace that does not exist', () => {
    expect(processesIn(['/run/netns/dmk-none-at-all'])).toEqual([])
  })
})
