// A node for each test of a file, and the client by which pods are asked for.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { buildClient, openTestNode, type TestNode } from './test-node.fixture.ts'

/** Of the file that calls this. `take`: before each test; `client` is the path of the program. */
export function eachTestHasANode(take: (node: TestNode, client: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'damask-cni-'))
  let client = ''
  let node: TestNode
  beforeAll(() => {
    client = buildClient(folder)
  })
  beforeEach(async () => {
    node = await openTestNode(client)
    take(node, client)
  })
  afterEach(() => node.close())
  afterAll(() => rmSync(folder, { recursive: true }))
}
