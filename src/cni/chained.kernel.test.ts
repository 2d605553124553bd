// The stock plugins of a conflist behind ours: host ports, bandwidth, settings of the pod's interface.
import { execFile, execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { openConflistRunner, type PluginConfiguration } from '../../test/conflist-runner.ts'
import { openNamespace, openTcpListener } from '../linux/index.ts'
import { eachTestHasANode } from './node-of-each-test.fixture.ts'
import { NOTHING, pathOf, type TestNode } from './test-node.fixture.ts'

let node: TestNode
let client: string
eachTestHasANode((made, itsClient) => {
  node = made
  client = itsClient
})

const runner = (cniVersion: string, plugins: readonly PluginConfiguration[]) =>
  openConflistRunner({
    list: { cniVersion, name: 'damask', plugins },
    enter: ['ip', 'netns', 'exec', node.namespace],
    programs: { damask: client },
    environment: { DAMASK_CNI_SOCKET: node.socketPath },
  })

/** A machine beside the node, as a client of its host ports: 192.0.2.2 and 2001:db8::2. */
function joinOutside(): string {
  const outside = node.makeNamespace('outside')
  execFileSync('sh', [
    '-euc',
    `
    ip -n ${node.namespace} link add up0 type veth peer name up0 netns ${outside}
    for at in "${node.namespace} 1" "${outside} 2"; do
      set -- $at
      ip -n $1 link set up0 up
      ip -n $1 addr add 192.0.2.$2/24 dev up0
      ip -n $1 addr add 2001:db8::$2/64 dev up0 nodad
    done`,
  ])
  return outside
}

/** Serves one word on a free port of both families of the pod. */
async function serveWord(namespace: string, family: 4 | 6, word: string): Promise<{ port: number; close: () => void }> {
  const handle = openNamespace(pathOf(namespace))
  try {
    const { fd, port } = openTcpListener(handle, family)
    const server = createServer((socket) => socket.end(word))
    await new Promise<void>((resolve) => server.listen({ fd }, resolve))
    return { port, close: () => server.close() }
  } finally {
    handle.close()
  }
}

/** What is said on a port, asked for from a namespace; undefined: nothing within 3 s. */
function askFrom(namespace: string, host: string, port: number): Promise<string | undefined> {
  const script = `
    const socket = require('net').connect(${port}, '${host}')
    socket.setTimeout(3000, () => process.exit(1)).on('error', () => process.exit(1)).pipe(process.stdout)`
  return new Promise((resolve) => {
    execFile('ip', ['netns', 'exec', namespace, process.execPath, '-e', script], (error, stdout) =>
      resolve(error ? undefined : stdout),
    )
  })
}

const SETTINGS = { sysctl: { 'net.core.somaxconn': '511' }, promisc: true }
const RATE = { ingressRate: 8_000_000, ingressBurst: 8_000_000, egressRate: 8_000_000, egressBurst: 8_000_000 }

test.each(['0.4.0', '1.0.0'])(
  'a list of portmap, bandwidth and tuning works as a runtime runs it, in version %s',
  async (cniVersion) => {
    const outside = joinOutside()
    const list = runner(cniVersion, [
      { type: 'damask' },
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
      { type: 'bandwidth', capabilities: { bandwidth: true } },
      { type: 'tuning', ...SETTINGS },
    ])
    const namespace = node.makeNamespace('a')
    const words = await Promise.all([serveWord(namespace, 4, 'four'), serveWord(namespace, 6, 'six')])
    try {
      const [four, six] = words
      const capabilities = {
        portMappings: words.map(({ port }, index) => ({
          hostPort: 8080 + index,
          containerPort: port,
          protocol: 'tcp',
        })),
        bandwidth: RATE,
      }
      const result = await list.add('a', pathOf(namespace), capabilities)
      expect(result).toMatchObject({ cniVersion, ips: [{ interface: 1 }, { interface: 1 }] })
      expect(
        execFileSync('ip', ['netns', 'exec', namespace, 'sysctl', '-n', 'net.core.somaxconn'], { encoding: 'utf8' }),
      ).toBe('511\n')
      expect(execFileSync('tc', ['-n', node.namespace, 'qdisc', 'show'], { encoding: 'utf8' })).toContain('tbf')
      expect([four?.port, six?.port]).not.toContain(undefined)
      expect(await askFrom(outside, '192.0.2.1', 8080)).toBe('four')
      expect(await askFrom(outside, '2001:db8::1', 8081)).toBe('six')
      await list.check('a', pathOf(namespace), capabilities)
      await list.del('a', pathOf(namespace), capabilities)
      expect(await askFrom(outside, '192.0.2.1', 8080)).toBeUndefined()
      await expect
        .poll(() => node.hostSide().links.filter((link) => link !== 'up0' && !link.startsWith('ifb')))
        .toEqual(NOTHING.links)
      await expect(list.check('a', pathOf(namespace), capabilities)).rejects.toThrow('no record of it')
    } finally {
      for (const { close } of words) close()
    }
  },
)
