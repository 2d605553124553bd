// Waits until every node's agent says that it is done, or says who is not and why.
import { setTimeout as sleep } from 'node:timers/promises'
import { askNode, endOfAgentLog } from './agent-process.ts'
import { type LabRecord, nodeFolder } from './lab-record.ts'
import { isRunning } from './process-record.ts'

export type Readiness = {
  readonly node: string
  readonly isReady: boolean
  /** Of a node that is not ready: its own words. */
  readonly reason?: string
}

const POLL_MILLISECONDS = 50

export const readReadiness = (record: LabRecord): Promise<Readiness[]> =>
  Promise.all(record.layout.nodes.map(({ name }) => readNode(record, name)))

async function readNode(record: LabRecord, node: string): Promise<Readiness> {
  const folder = nodeFolder(record, node)
  const answer = await askNode(folder, '/readyz?peers')
  if (answer?.code === 200) return { node, isReady: true }
  return { node, isReady: false, reason: answer ? reasonIn(answer.body) : silence(record, node) }
}

function silence(record: LabRecord, node: string): string {
  const folder = nodeFolder(record, node)
  return hasEnded(record, node)
    ? `its agent ended; the end of its log:\n${endOfAgentLog(folder)}`
    : `its agent does not answer; see ${folder}/agent.log`
}

const hasEnded = ({ processes }: LabRecord, node: string): boolean =>
  processes.some((process) => process.what === 'agent' && process.node === node && !isRunning(process))

/** The agent's sentences; whatever else it may have said, as it is. */
function reasonIn(body: string): string {
  try {
    const { reasons }: { reasons: readonly { message: string }[] } = JSON.parse(body)
    return reasons.map(({ message }) => message).join('; ')
  } catch {
    return body.trim()
  }
}

/** Those that are not ready when the time is up, or when an agent has ended, which nobody starts again: none is good. */
export async function waitUntilReady(
  record: LabRecord,
  limitMilliseconds: number,
  signal: AbortSignal,
  tell: (ready: number, of: number) => void = () => {},
): Promise<Readiness[]> {
  const limit = AbortSignal.timeout(limitMilliseconds)
  for (;;) {
    const all = await readReadiness(record)
    signal.throwIfAborted()
    const late = all.filter(({ isReady }) => !isReady)
    tell(all.length - late.length, all.length)
    if (late.length === 0 || limit.aborted || late.some(({ node }) => hasEnded(record, node))) return late
    await sleep(POLL_MILLISECONDS)
  }
}
