// A node's agent as a process of its own inside the node, and what it answers on its socket.
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import type { LabTools } from './lab-record.ts'
import { enterNode } from './node-holder.ts'
import { type ProcessRecord, processRecord } from './process-record.ts'

const ANSWER_MILLISECONDS = 2_000

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

export type AgentAnswer = { readonly code: number; readonly body: string }

/** Undefined while nobody answers there. */
export function askAgent(nodeFolder: string, path: string): Promise<AgentAnswer | undefined> {
  const { promise, resolve } = Promise.withResolvers<AgentAnswer | undefined>()
  const asked = request(
    { socketPath: join(nodeFolder, 'run', 'agent.sock'), path, timeout: ANSWER_MILLISECONDS, agent: false },
    (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (bytes) => parts.push(bytes))
      answer.on('end', () => resolve({ code: answer.statusCode ?? 0, body: Buffer.concat(parts).toString() }))
      answer.on('error', () => resolve(undefined))
    },
  )
  asked.on('timeout', () => asked.destroy())
  asked.on('error', () => resolve(undefined))
  asked.end()
  return promise
}
