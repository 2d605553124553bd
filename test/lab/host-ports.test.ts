// What Kubernetes and its users ask of a pod's network beside pods that reach each other, on machines with real agents: host ports
// by the stock plugin behind ours, a pod that calls its own host port, the machine and its pods.
import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enterCommand } from '../../src/lab/index.ts'
import { createNamespace, deleteNamespace, openNamespace, openTcpListener } from '../../src/linux/index.ts'
import { openConflistRunner } from '../conflist-runner.ts'
import { DAMASK_CNI } from './damask-process.ts'
import { labOfThisFile } from './lab-under-test.ts'
import { clearTextPackets } from './namespace-command.ts'

const lab = labOfThisFile()
const POD = `damask-ports-${process.pid}`
const PORTS = { 4: 8080, 6: 8081 } as const

const listeners: (() => void)[] = []
/** Answers each who comes with the address that it came from. */
async function serveEcho(namespace: string, family: 4 | 6): Promise<number> {
  const handle = openNamespace(namespace)
  try {
    const { fd, port } = openTcpListener(handle, family)
    const server = createServer((socket) => socket.end(`${socket.remoteAddress}`))
    await new Promise<void>((resolve) => server.listen({ fd }, resolve))
    listeners.push(() => server.close())
    return port
  } finally {
    handle.close()
  }
}

/** What a service says to somebody who asks from a node or a pod of the lab; undefined: nothing in 5 s. */
function ask(enter: readonly string[], host: string, port: number): Promise<string | undefined> {
  const script = `
    const socket = require('net').connect(${port}, '${host}')
    socket.setTimeout(5000, () => process.exit(1)).on('error', () => process.exit(1)).pipe(process.stdout)`
  const [program = '', ...words] = [...enter, process.execPath, '-e', script]
  return new Promise((resolve) => {
    execFile(program, words, (error, stdout) => resolve(error ? undefined : stdout))
  })
}
const askFrom = (place: string, host: string, port: number) => ask(enterCommand(lab.record(), place), host, port)

const runner = () =>
  openConflistRunner({
    list: {
      cniVersion: '1.0.0',
      name: 'damask',
      plugins: [{ type: 'damask' }, { type: 'portmap', capabilities: { portMappings: true }, snat: true }],
    },
    enter: enterCommand(lab.record(), 'aws-1'),
    programs: { damask: DAMASK_CNI },
    environment: {},
  })

let list: ReturnType<typeof runner>
let capabilities = {}
const addresses: Record<4 | 6, string> = { 4: '', 6: '' }
let own: Record<4 | 6, number>
beforeAll(async () => {
  createNamespace(POD)
  own = { 4: await serveEcho(POD, 4), 6: await serveEcho(POD, 6) }
  const mapped = ([4, 6] as const).map((family) => ({
    hostPort: PORTS[family],
    containerPort: own[family],
    protocol: 'tcp',
  }))
  capabilities = { portMappings: mapped }
  list = runner()
  const result = await list.add(POD, `/run/netns/${POD}`, capabilities)
  const { ips } = result as { ips: readonly { address: string }[] }
  for (const { address } of ips) addresses[address.includes(':') ? 6 : 4] = address.replace(/\/.*/, '')
})
afterAll(async () => {
  for (const close of listeners) close()
  await list?.del(POD, `/run/netns/${POD}`, capabilities)
  deleteNamespace(POD)
})

/** Of aws-1: on its link, and where its pods and all others know it by. */
const PRIVATE = '172.31.0.11'
const GATEWAY = { 4: '10.42.1.1', 6: 'fd42:42:0:1::1' } as const

describe('a host port', () => {
  it.each([
    ['another machine of the site', 'aws-2', PRIVATE],
    ['another machine of the site, over the fabric', 'aws-2', GATEWAY[4]],
    ['another machine of the site, over the fabric', 'aws-2', GATEWAY[6]],
    ['the machine itself', 'aws-1', PRIVATE],
    ['the machine itself', 'aws-1', GATEWAY[4]],
    ['the machine itself', 'aws-1', GATEWAY[6]],
    ['the machine itself, by its loopback', 'aws-1', '127.0.0.1'],
    ['another pod of the machine', 'aws-1-a', PRIVATE],
    ['another pod of the machine', 'aws-1-a', GATEWAY[4]],
    ['another pod of the machine', 'aws-1-a', GATEWAY[6]],
    ['a pod in another cloud', 'gcp-1-a', GATEWAY[4]],
    ['a pod in another cloud', 'gcp-1-a', GATEWAY[6]],
    ['a machine behind NAT', 'home-1', GATEWAY[4]],
  ])('is reached by %s (%s to %s)', async (_, place, host) => {
    expect(await askFrom(place, host, PORTS[host.includes(':') ? 6 : 4])).toBeTruthy()
  })

  it.each([PRIVATE, GATEWAY[4], GATEWAY[6]])('is reached by its own pod (hairpin to %s)', async (host) => {
    expect(await ask(['ip', 'netns', 'exec', POD], host, PORTS[host.includes(':') ? 6 : 4])).toBeTruthy()
  })
})

describe('a pod', () => {
  it.each([4, 6] as const)(
    'sees its machine by the gateway address, and is seen by its own (IPv%i)',
    async (family) => {
      const plain = (text: string | undefined) => text?.replace(/^::ffff:/, '')
      expect(plain(await askFrom('aws-1', addresses[family], own[family]))).toBe(GATEWAY[family])
      expect(plain(await askFrom('gcp-1-a', addresses[family], own[family]))).toBe(lab.podAddress('gcp-1-a', family))
    },
  )

  it('shows nothing of that in the clear', () => {
    expect(clearTextPackets(lab.record())).toBe(0)
  })
})
