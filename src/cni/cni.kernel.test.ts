// The real client, server, journal and kernel: pods on one node.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { deleteNamespace } from '../linux/index.ts'
import { eachTestHasANode } from './node-of-each-test.fixture.ts'
import { podIdentity } from './pod-identity.ts'
import { NOTHING, pathOf, ping, type TestNode } from './test-node.fixture.ts'

let node: TestNode
eachTestHasANode((made) => {
  node = made
})

test('two pods reach each other and the gateway in both families, at full MTU, with their own addresses', async () => {
  const a = await node.add('a')
  const b = await node.add('b')
  expect([a.addresses, b.addresses]).toEqual([
    ['10.244.11.2', 'fd44:11::2'],
    ['10.244.11.3', 'fd44:11::3'],
  ])
  for (const target of [...b.addresses, '10.244.11.1', 'fd44:11::1', 'fe80::1%eth0']) {
    expect([target, ping(a.namespace, target)]).toEqual([target, true])
  }
  expect(ping(b.namespace, '-M', 'do', '-s', String(1420 - 28), '10.244.11.2')).toBe(true)
  expect(ping(b.namespace, '-M', 'do', '-s', String(1420 - 48), 'fd44:11::2')).toBe(true)
  expect(ping(b.namespace, '-M', 'do', '-s', String(1420 - 27), '10.244.11.2')).toBe(false)
})

test('the node reaches its pods from its gateway address', async () => {
  const { addresses } = await node.add('a')
  for (const address of addresses) expect([address, ping(node.namespace, address)]).toEqual([address, true])
  expect(execFileSync('ip', ['-n', node.namespace, 'route', 'get', '10.244.11.2'], { encoding: 'utf8' })).toContain(
    'src 10.244.11.1',
  )
})

test('answers ADD as the specification says', async () => {
  const namespace = node.makeNamespace('a')
  const { output } = await node.call('ADD', 'a', pathOf(namespace))
  const { link, hardwareAddress, hostHardwareAddress } = podIdentity({ containerId: 'a', interfaceName: 'eth0' })
  expect(output).toEqual({
    cniVersion: '1.0.0',
    interfaces: [
      { name: link, mac: hostHardwareAddress },
      { name: 'eth0', mac: hardwareAddress, sandbox: pathOf(namespace) },
    ],
    ips: [
      { address: '10.244.11.2/32', gateway: '10.244.11.1', interface: 1 },
      { address: 'fd44:11::2/128', gateway: 'fe80::1', interface: 1 },
    ],
    routes: [
      { dst: '0.0.0.0/0', gw: '10.244.11.1' },
      { dst: '::/0', gw: 'fe80::1' },
    ],
    dns: {},
  })
  const names = execFileSync('ip', ['-n', namespace, '-o', 'link'], { encoding: 'utf8' })
  expect(names).toContain(hardwareAddress)
})

test('DEL leaves nothing, and once more is no error', async () => {
  const { namespace } = await node.add('a')
  for (let round = 0; round < 2; round++) {
    expect(await node.call('DEL', 'a', pathOf(namespace))).toEqual({ exitCode: 0, output: {} })
    await expect.poll(node.hostSide).toEqual(NOTHING)
    expect(node.journal().pods()).toEqual([])
  }
  expect((await node.add('b')).addresses).toEqual(['10.244.11.3', 'fd44:11::3'])
})

test('DEL frees the addresses of a pod whose namespace is gone', async () => {
  const { namespace } = await node.add('a')
  deleteNamespace(namespace)
  expect(await node.call('DEL', 'a', pathOf(namespace))).toMatchObject({ exitCode: 0 })
  expect(await node.call('DEL', 'a', '')).toMatchObject({ exitCode: 0 })
  await expect.poll(node.hostSide).toEqual(NOTHING)
  expect(node.journal().pods()).toEqual([])
})

test('30 pods at once have an address each, and after as many DELs at once there is nothing', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `p${index}`)
  const pods = await Promise.all(names.map(node.add))
  expect(new Set(pods.flatMap(({ addresses }) => addresses)).size).toBe(60)
  const last = pods.at(-1)
  expect(ping(pods[0]?.namespace ?? '', last?.addresses[1] ?? '')).toBe(true)
  await Promise.all(names.map((name) => node.call('DEL', name, '')))
  await expect.poll(node.hostSide).toEqual(NOTHING)
  expect(node.journal().pods()).toEqual([])
  expect(readFileSync(node.journalPath, 'utf8')).toContain('"release"')
})
