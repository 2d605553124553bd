// Pods reach what is outside of the network, under the address of their machine, and are answered.
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openNamespace, openTcpListener } from '../../src/linux/index.ts'
import { EXAMPLES } from './damask-process.ts'
import { labOfThisFile } from './lab-under-test.ts'
import { askIn } from './namespace-command.ts'

/** Answers each who comes to the internet with the address that it came from; the port. */
async function serveEcho(internet: string, family: 4 | 6): Promise<number> {
  const handle = openNamespace(`/run/netns/${internet}`)
  try {
    const { fd, port } = openTcpListener(handle, family)
    const server = createServer((socket) => socket.end(`${socket.remoteAddress}`))
    await new Promise<void>((resolve) => server.listen({ fd }, resolve))
    onTestFinished(() => void server.close())
    return port
  } finally {
    handle.close()
  }
}

describe.each([
  ['four-clouds', 4, '192.0.2.77', 'aws-1-a', '203.0.113.11'],
  ['ipv6-only', 6, '2001:db8:ffff::77', 'north-2-a', '2001:db8:1::12'],
] as const)('the pods of %s', (example, family, outside, pod, seen) => {
  const lab = labOfThisFile(`${EXAMPLES}/${example}.yaml`)

  it(`are seen by the outside under the address of their machine (IPv${family})`, async () => {
    const { internet } = lab.record().layout
    askIn(internet, 'ip', 'address', 'add', outside, 'dev', 'lo')
    const port = await serveEcho(internet, family)
    const script = `require('net').connect(${port}, '${outside}').pipe(process.stdout)`
    expect(await lab.ask(pod, process.execPath, '-e', script)).toBe(seen)
  })
})
