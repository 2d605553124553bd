// CHECK, GC and STATUS, and what ADD is asked for beside the usual, on the real client, server, journal and kernel.
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { deleteNamespace, openNamespace } from '../linux/index.ts'
import { parsePrefix, TABLE } from '../model/index.ts'
import { eachTestHasANode } from './node-of-each-test.fixture.ts'
import { NOTHING, pathOf, ping, type TestNode } from './test-node.fixture.ts'

let node: TestNode
eachTestHasANode((made) => {
  node = made
})

const ip = (namespace: string, ...words: readonly string[]) =>
  execFileSync('ip', ['-n', namespace, ...words], { encoding: 'utf8' })

async function added(name: string, fields: object = {}) {
  const namespace = node.makeNamespace(name)
  const { exitCode, output } = await node.call('ADD', name, pathOf(namespace), fields)
  expect([exitCode, output.msg]).toEqual([0, undefined])
  const check = (changed: object = {}) =>
    node.call('CHECK', name, pathOf(namespace), { ...fields, prevResult: { ...output, ...changed } })
  return { namespace, output, check, link: output.interfaces?.[0]?.name ?? '' }
}

describe('CHECK', () => {
  test.each(['0.4.0', '1.0.0', '1.1.0'])(
    'has nothing to say of a pod that stands, in version %s',
    async (cniVersion) => {
      const pod = await added('a', { cniVersion })
      expect(await pod.check()).toEqual({ exitCode: 0, output: {} })
    },
  )

  test.each<[string, (pod: { namespace: string; link: string }) => unknown, RegExp]>([
    [
      'the link is gone',
      ({ namespace }) => ip(namespace, 'link', 'del', 'eth0'),
      /the host's end dmk\S+ is gone; the pod has no interface eth0/,
    ],
    [
      "the pod's end is down",
      ({ namespace }) => ip(namespace, 'link', 'set', 'eth0', 'down'),
      /the pod's eth0 is down/,
    ],
    [
      "the host's end is down",
      ({ link }) => ip(node.namespace, 'link', 'set', link, 'down'),
      /the host's end dmk\S+ is down/,
    ],
    [
      'an address is gone',
      ({ namespace }) => ip(namespace, 'addr', 'del', '10.244.11.2/32', 'dev', 'eth0'),
      /the pod's eth0 lacks 10\.244\.11\.2/,
    ],
    [
      'the route of the host is gone',
      () => ip(node.namespace, '-6', 'route', 'del', 'fd44:11::2', 'table', String(TABLE)),
      /the host has no route to fd44:11::2 over dmk/,
    ],
    [
      'somebody changed the hardware address and said nothing',
      ({ namespace }) => ip(namespace, 'link', 'set', 'eth0', 'address', '02:00:00:00:00:bb'),
      /the hardware address 02:00:00:00:00:bb, not /,
    ],
  ])('says it where %s', async (_, damage, message) => {
    const pod = await added('a')
    damage(pod)
    const { exitCode, output } = await pod.check()
    expect([exitCode, output.code, output.msg]).toEqual([1, 104, expect.stringMatching(message)])
  })

  test('lets later plugins change routes in the pod, and the hardware address where they say so', async () => {
    const pod = await added('a')
    ip(pod.namespace, 'route', 'add', '192.0.2.0/24', 'via', '10.244.11.1')
    ip(pod.namespace, 'route', 'del', 'default')
    ip(pod.namespace, 'link', 'set', 'eth0', 'address', '02:00:00:00:00:bb')
    const [host, own] = pod.output.interfaces ?? []
    expect(await pod.check({ interfaces: [host, { ...own, mac: '02:00:00:00:00:bb' }] })).toMatchObject({ exitCode: 0 })
  })

  test('says where the prevResult is of another pod, and where nobody knows the pod', async () => {
    const pod = await added('a')
    const other = await added('b')
    const mixed = await pod.check({ ips: other.output.ips })
    expect(mixed.output.msg).toMatch(
      /prevResult has 10\.244\.11\.3, which it was not given; .*prevResult lacks 10\.244\.11\.2/,
    )
    const unknown = await node.call('CHECK', 'c', pathOf(pod.namespace), { prevResult: pod.output })
    expect(unknown.output).toMatchObject({ code: 104, msg: expect.stringContaining('no record') })
  })
})

describe('GC', () => {
  const gc = (valid: readonly string[], name = 'damask') =>
    node.call('GC', '', '', {
      cniVersion: '1.1.0',
      name,
      'cni.dev/valid-attachments': valid.map((containerID) => ({ containerID, ifname: 'eth0' })),
    })

  test('takes away what the runtime no longer knows, of its own network alone', async () => {
    const stays = await added('stays')
    await added('goes')
    const gone = await added('gone')
    execFileSync('ip', ['netns', 'del', gone.namespace])
    const other = await added('other', { name: 'second' })
    expect(await gc(['stays', 'never'])).toEqual({ exitCode: 0, output: {} })
    expect(
      node
        .journal()
        .pods()
        .map(({ containerId }) => containerId),
    ).toEqual(['stays', 'other'])
    for (const pod of [stays, other]) expect(await pod.check()).toMatchObject({ exitCode: 0 })
    expect(await gc([], 'second')).toMatchObject({ exitCode: 0 })
    expect(await gc([])).toMatchObject({ exitCode: 0 })
    expect(await gc([])).toMatchObject({ exitCode: 0 })
    await expect.poll(node.hostSide).toEqual(NOTHING)
  })

  test('knows the network of a pod also after a restart', async () => {
    await added('a')
    await node.restart()
    await gc([])
    expect(node.journal().pods()).toEqual([])
  })

  test('leaves a pod alone whose ADD is at work: the runtime knows it by now', async () => {
    let collected: unknown
    node.afterAttach(async () => {
      collected = await gc([])
    })
    const pod = await added('a')
    expect(collected).toMatchObject({ exitCode: 0 })
    expect(await pod.check()).toMatchObject({ exitCode: 0 })
  })

  test('goes on where one pod cannot be removed, and names it', async () => {
    await added('a')
    await added('b')
    const release = node.journal().release
    Object.assign(node.journal(), {
      release: (...words: Parameters<typeof release>) =>
        words[0].containerId === 'a' ? Promise.reject(new Error('EIO')) : release(...words),
    })
    const { output } = await gc([])
    expect(output).toMatchObject({ code: 102, msg: '1 of 2 stale pods stay: a/eth0: EIO' })
    expect(
      node
        .journal()
        .pods()
        .map(({ containerId }) => containerId),
    ).toEqual(['a'])
  })
})

describe('STATUS', () => {
  const status = () => node.call('STATUS', '', '', { cniVersion: '1.1.0' })

  test('says nothing where an ADD can be served', async () => {
    expect(await status()).toEqual({ exitCode: 0, output: {} })
  })

  test.each([
    ['no prefix is known', { prefixes: [] }, 50, 'no pod prefixes'],
    ['the agent cannot do its work', { illness: 'ENOBUFS' }, 51, 'ENOBUFS'],
  ])('says it where %s', async (_, how, code, clause) => {
    await added('a')
    node.pretend(how)
    expect((await status()).output).toMatchObject({ cniVersion: '1.1.0', code, msg: expect.stringContaining(clause) })
  })

  test('says nothing of a full node: its pods would be evicted', async () => {
    await added('a')
    node.pretend({ prefixes: [parsePrefix('10.244.11.0/30')] })
    expect(await status()).toEqual({ exitCode: 0, output: {} })
  })
})

describe('ADD', () => {
  test('gives the addresses and the hardware address that are asked for', async () => {
    const mac = '02:00:00:00:00:aa'
    const pod = await added('a', { runtimeConfig: { ips: ['10.244.11.77/24', 'fd44:11::77/64'], mac } })
    expect(pod.output.ips?.map(({ address }) => address)).toEqual(['10.244.11.77/32', 'fd44:11::77/128'])
    expect(pod.output.interfaces?.[1]).toMatchObject({ mac })
    expect(ip(pod.namespace, 'link', 'show', 'eth0')).toContain(mac)
    const other = await added('b')
    expect(other.output.ips?.map(({ address }) => address)).toEqual(['10.244.11.2/32', 'fd44:11::2/128'])
    for (const address of ['10.244.11.77', 'fd44:11::77'])
      expect([address, ping(other.namespace, address)]).toEqual([address, true])
    expect(await pod.check()).toMatchObject({ exitCode: 0 })
    await node.restart()
    const third = await added('c')
    expect(third.output.ips?.map(({ address }) => address)).toEqual(['10.244.11.3/32', 'fd44:11::3/128'])
  })

  test.each([
    ['10.244.12.7', 'it is in no pod prefix of this node, which has 10.244.11.0/24'],
    ['10.244.11.1', 'keeps it for the network, the gateway or the broadcast'],
    ['10.244.11.255', 'keeps it for the network, the gateway or the broadcast'],
    ['fd44:11::', 'keeps it for the network, the gateway or the broadcast'],
    ['10.244.11.2', 'another pod of this node has it'],
  ])('refuses to give %s', async (address, clause) => {
    await added('first')
    const namespace = node.makeNamespace('a')
    const { output } = await node.call('ADD', 'a', pathOf(namespace), { runtimeConfig: { ips: [address] } })
    expect(output).toMatchObject({ code: 103, msg: expect.stringContaining(clause) })
    expect(node.journal().pods()).toHaveLength(1)
  })

  test('hands on what the plugins before made, and adds its own', async () => {
    const earlier = {
      interfaces: [{ name: 'x0' }],
      ips: [{ address: '192.0.2.1/32', interface: 0 }],
      routes: [{ dst: '192.0.2.0/24' }],
    }
    const { output } = await added('a', { prevResult: { cniVersion: '1.0.0', ...earlier, dns: { search: ['x'] } } })
    expect(output).toMatchObject({
      interfaces: [{ name: 'x0' }, { name: /^dmk/ }, { name: 'eth0' }].map(({ name }) =>
        typeof name === 'string' ? { name } : { name: expect.stringMatching(name) },
      ),
      ips: [{ interface: 0 }, { address: '10.244.11.2/32', interface: 2 }, { interface: 2 }],
      routes: [{ dst: '192.0.2.0/24' }, { dst: '0.0.0.0/0' }, { dst: '::/0' }],
      dns: { search: ['x'] },
    })
  })
})

test('a start forgets pods of which nothing is left, and no other', async () => {
  const gone = await added('gone')
  const hidden = await added('hidden')
  const waiting = await added('waiting')
  ip(waiting.namespace, 'link', 'del', 'eth0')
  const handle = openNamespace(pathOf(hidden.namespace))
  try {
    await node.restart(() => {
      for (const { namespace } of [gone, hidden]) deleteNamespace(namespace)
    })
    await expect.poll(() => node.hostSide().links).toEqual(['lo', 'damask0', hidden.link])
    await node.forgetDeadPods()
    expect(
      node
        .journal()
        .pods()
        .map(({ containerId }) => containerId),
    ).toEqual(['hidden', 'waiting'])
  } finally {
    handle.close()
  }
})
