// The network's controller in a lab: it grants gateways their slots, and writes that down beside the documents.
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { World } from '../model/index.ts'
import { type LabRecord, worldFolder } from './lab-record.ts'
import { type ProcessRecord, processRecord } from './process-record.ts'

/** Where every site has one gateway at most, each has slot 1 and there is nothing to grant. */
export const needsController = ({ network, sites }: World): boolean =>
  [network, ...sites.values()].some(({ gatewaysPerSite = 1 }) => gatewaysPerSite > 1)

/**
 * It needs no network at all. It stands in the internet's namespace so that it is found there, and ended, also by whoever takes
 * away a lab whose record does not know it yet.
 */
export function startController(record: LabRecord): ProcessRecord {
  const child = spawnController(record)
  child.on('error', () => {}) // no pid: said by processRecord
  child.unref()
  return processRecord(child.pid ?? 0)
}

/** For documents that are copied to the nodes once: the slots that there are now. */
export async function grantOnce(record: LabRecord, signal: AbortSignal): Promise<void> {
  const child = spawnController(record, '--once')
  const stop = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', stop)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).finally(() => signal.removeEventListener('abort', stop))
  signal.throwIfAborted()
  if (code === 0) return
  const said = readFileSync(logFile(record), 'utf8').trimEnd()
  throw new Error(`the controller of lab ${record.layout.name} ended with ${code} - ${said}`)
}

const logFile = ({ folder }: LabRecord): string => join(folder, 'controller.log')

function spawnController(record: LabRecord, ...words: readonly string[]) {
  const { layout, tools } = record
  const log = openSync(logFile(record), 'a')
  try {
    const controller = [...tools.damask, 'controller', '--store', worldFolder(record), ...words]
    return spawn('nsenter', [`--net=/run/netns/${layout.internet}`, '--', ...controller], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
    })
  } finally {
    closeSync(log)
  }
}
