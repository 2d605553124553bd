// Waits until every node's agent says that it is done, or says who is not and why.
import { setTimeout as sleep } from 'node:timers/promises'
import { askNode } from './agent-process.ts'
import { type LabRecord, nodeFolder } from './lab-record.ts'

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
  const reason = answer ? reasonIn(answer.body) : `its agent does not answer; see ${folder}/agent.log`
  return { node, isReady: false, reason }
}

/** The agent's sentences; whatever else it may have said, as it is. */
function reasonIn(body: string): string {
  try {
    const { reasons }: { reasons: readonly { message: string }[] } = JSON.parse(body)
    return reasons.map(({ message }) => message).join('; ')
  } catch {
    return body.trim()
  }
}

/** Those that are not ready when the time is up: none is good. */
export async function waitUntilReady(
  record: LabRecord,
  limitMilliseconds: number,
  signal: AbortSignal,
): Promise<Readiness[]> {
  const limit = AbortSignal.timeout(limitMilliseconds)
  for (;;) {
    const late = (await readReadiness(record)).filter(({ isReady }) => !isReady)
    signal.throwIfAborted()
    if (late.length === 0 || limit.aborted) return late
    await sleep(POLL_MILLISECONDS)
  }
}
