// Tells agents who is dead, as a prober will.
import { join } from 'node:path'
import { expect } from 'vitest'
import { AGENT_SOCKET, askAgent } from '../../src/agent/index.ts'
import { nodeFolder } from '../../src/lab/index.ts'
import type { Liveness } from '../../src/model/index.ts'
import type { LabUnderTest } from './lab-under-test.ts'

/** Returns once all of them have taken it. */
export async function setLiveness(
  lab: LabUnderTest,
  nodes: readonly string[],
  liveness: Partial<Liveness>,
): Promise<void> {
  const answers = await Promise.all(
    nodes.map((node) =>
      askAgent(join(nodeFolder(lab.record(), node), 'run', AGENT_SOCKET), '/liveness', {
        method: 'PUT',
        body: liveness,
      }),
    ),
  )
  for (const { code, body } of answers) expect(code, body).toBe(200)
}
