// A node's agent as a process of its own inside the node, and what it answers on its socket.
import { spawn } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AGENT_SOCKET, type AgentAnswer, askAgent } from '../agent/index.ts'
import type { LabTools } from './lab-record.ts'
import { enterNode } from './node-holder.ts'
import { type ProcessRecord, processRecord } from './process-record.ts'

export function startAgent(options: {
  readonly node: string
  readonly namespace: string
  readonly holder: ProcessRecord
  /** Of the node; the log goes there. */
  readonly folder: string
  readonly world: string
  readonly tools: LabTools
}): ProcessRecord {
  const { node, namespace, holder, folder, world, tools } = options
  const [command = 'nsenter', ...enter] = enterNode(holder, namespace)
  const agent = ['agent', '--node', node, '--store', world, '--state', '/var/lib/damask', '--run', '/run/damask']
  const log = openSync(join(folder, 'agent.log'), 'a')
  try {
    const child = spawn(command, [...enter, ...tools.damask, ...agent], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
    })
    child.on('error', () => {}) // no pid: said by processRecord
    child.unref()
    return processRecord(child.pid ?? 0)
  } finally {
    closeSync(log)
  }
}

/** Five lines, for who tells why it ended: a lab that only runs takes the file away. */
export const endOfAgentLog = (folder: string): string =>
  readFileSync(join(folder, 'agent.log'), 'utf8').trimEnd().split('\n').slice(-5).join('\n')

/**
 * Undefined while nobody answers there. The socket is reached by its open folder: with names of 63 characters its whole
 * path is longer than the 107 bytes of a socket's address (unix(7)).
 */
export async function askNode(nodeFolder: string, path: string): Promise<AgentAnswer | undefined> {
  let folder: number | undefined
  try {
    folder = openSync(join(nodeFolder, 'run'), constants.O_RDONLY | constants.O_DIRECTORY)
    return await askAgent(`/proc/self/fd/${folder}/${AGENT_SOCKET}`, path)
  } catch {
    return undefined
  } finally {
    if (folder !== undefined) closeSync(folder)
  }
}
