// What goes wrong between a runtime and a node: crashes, refusals, requests that cross. Nothing may be left behind.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Address, formatAddress, parsePrefix } from '../model/index.ts'
import { eachTestHasANode } from './node-of-each-test.fixture.ts'
import { podIdentity } from './pod-identity.ts'
import { NOTHING, PREFIXES, pathOf, ping, type TestNode } from './test-node.fixture.ts'

const textsOf = (addresses: readonly Address[] = []): string[] => addresses.map(formatAddress)

let node: TestNode
eachTestHasANode((made) => {
  node = made
})

test('a second ADD of a pod that stands is refused, and the pod goes on as it was', async () => {
  const { namespace } = await node.add('a')
  const before = node.journal().pods()
  expect(await node.call('ADD', 'a', pathOf(namespace))).toMatchObject({ exitCode: 1, output: { code: 101 } })
  expect(node.journal().pods()).toEqual(before)
  expect(ping(namespace, '10.244.11.1')).toBe(true)
})

test('a second ADD of a pod that stands is refused also where the journal was lost, and DEL removes the pod', async () => {
  const { namespace } = await node.add('a')
  await node.restart(() => rmSync(node.journalPath))
  expect(await node.call('ADD', 'a', pathOf(namespace))).toMatchObject({ exitCode: 1, output: { code: 101 } })
  expect(ping(namespace, '10.244.11.1')).toBe(true)
  expect(await node.call('DEL', 'a', pathOf(namespace))).toMatchObject({ exitCode: 0 })
  await expect.poll(node.hostSide).toEqual(NOTHING)
})

test('an interface that is not ours is refused, left alone, and costs no address', async () => {
  const namespace = node.makeNamespace('a')
  execFileSync('ip', ['-n', namespace, 'link', 'add', 'eth0', 'type', 'bridge'])
  expect(await node.call('ADD', 'a', pathOf(namespace))).toMatchObject({ exitCode: 1, output: { code: 101 } })
  expect(execFileSync('ip', ['-n', namespace, '-d', 'link', 'show', 'eth0'], { encoding: 'utf8' })).toContain('bridge')
  expect(node.journal().pods()).toEqual([])
  await expect.poll(node.hostSide).toEqual(NOTHING)
})

test.each([
  ['the record was written', async () => {}],
  ['the link was made', async (namespace: string) => void (await node.call('ADD', 'a', pathOf(namespace)))],
])('after a crash once %s, the pod is listed, and DEL and ADD work', async (_, beforeCrash) => {
  const namespace = node.makeNamespace('a')
  await beforeCrash(namespace)
  const { hostHardwareAddress: _mac, ...identity } = podIdentity({ containerId: 'a', interfaceName: 'eth0' })
  if (node.journal().pods().length === 0) {
    const pod = {
      containerId: 'a',
      interfaceName: 'eth0',
      ...identity,
      mtuBytes: 1420,
      namespacePath: pathOf(namespace),
    }
    await node.journal().allocate({
      pod,
      prefixes: PREFIXES,
      reserved: [],
    })
  }
  await node.restart()
  expect(node.journal().pods()).toMatchObject([{ containerId: 'a', link: identity.link, mtuBytes: 1420 }])
  expect(textsOf(node.journal().pods()[0]?.addresses)).toEqual(['10.244.11.2', 'fd44:11::2'])
  expect(await node.call('DEL', 'a', pathOf(namespace))).toMatchObject({ exitCode: 0 })
  await expect.poll(node.hostSide).toEqual(NOTHING)
  expect(await node.call('ADD', 'a', pathOf(namespace))).toMatchObject({ exitCode: 0 })
  expect(ping(namespace, '10.244.11.1')).toBe(true)
})

test('an ADD without a DEL after a crash before the link was made starts anew', async () => {
  const namespace = node.makeNamespace('a')
  const { hostHardwareAddress: _, ...identity } = podIdentity({ containerId: 'a', interfaceName: 'eth0' })
  const pod = { containerId: 'a', interfaceName: 'eth0', ...identity, mtuBytes: 1420, namespacePath: pathOf(namespace) }
  await node.journal().allocate({ pod, prefixes: [parsePrefix('10.244.11.0/24')], reserved: [] })
  expect(await node.call('ADD', 'a', pathOf(namespace))).toMatchObject({ exitCode: 0 })
  expect(textsOf(node.journal().pods()[0]?.addresses)).toEqual(['10.244.11.3', 'fd44:11::2'])
  expect(ping(namespace, '10.244.11.1')).toBe(true)
})

test('an ADD whose host side fails leaves no link, no route and no address', async () => {
  const namespace = node.makeNamespace('a')
  node.afterAttach(async () => {
    throw new Error('cannot add the route to 10.244.11.2: ENOSPC')
  })
  const { exitCode, output } = await node.call('ADD', 'a', pathOf(namespace))
  expect(exitCode).toBe(1)
  expect(output).toMatchObject({ code: 102, msg: 'cannot add the route to 10.244.11.2: ENOSPC' })
  await expect.poll(node.hostSide).toEqual(NOTHING)
  expect(node.journal().pods()).toEqual([])
})

test.each([
  ['no path', 3, () => '/run/netns/there-is-none'],
  ['a file', 4, () => node.journalPath],
  ['a namespace of another kind', 4, () => '/proc/self/ns/mnt'],
  ["the node's own namespace", 4, () => '/proc/self/ns/net'],
])('a CNI_NETNS that is %s is refused with code %i by name', async (_, code, path) => {
  const namespacePath = path()
  // In the request "self" is whoever opens it: the server, in this process.
  const { exitCode, output } = await node.call('ADD', 'a', namespacePath)
  expect(exitCode).toBe(1)
  expect(output).toMatchObject({ code, msg: expect.stringContaining(`CNI_NETNS is ${namespacePath}`) })
  expect(node.journal().pods()).toEqual([])
})

test('a DEL that comes while the ADD is still at work waits for it, and leaves nothing', async () => {
  const namespace = node.makeNamespace('a')
  let goOn: () => void = () => {}
  let isWaiting = false
  node.afterAttach(() => {
    isWaiting = true
    return new Promise((resolve) => {
      goOn = resolve
    })
  })
  const added = node.call('ADD', 'a', pathOf(namespace))
  await expect.poll(() => isWaiting).toBe(true)
  let isDeleted = false
  const deleted = node.call('DEL', 'a', pathOf(namespace)).finally(() => {
    isDeleted = true
  })
  await sleep(200)
  expect(isDeleted).toBe(false)
  goOn()
  expect([(await added).exitCode, (await deleted).exitCode]).toEqual([0, 0])
  await expect.poll(node.hostSide).toEqual(NOTHING)
  expect(node.journal().pods()).toEqual([])
})

test('DEL is answered while the kernel still deletes the link, and an ADD of the same pod waits for it', async () => {
  const { namespace } = await node.add('a')
  let goOn: () => void = () => {}
  node.beforeLinkDeletion(
    () =>
      new Promise((resolve) => {
        goOn = resolve
      }),
  )
  expect(await node.call('DEL', 'a', pathOf(namespace))).toMatchObject({ exitCode: 0 })
  expect(node.journal().pods()).toEqual([])
  expect(node.hostSide().links).toHaveLength(3)
  let isAdded = false
  const added = node.call('ADD', 'a', pathOf(namespace)).finally(() => {
    isAdded = true
  })
  await sleep(200)
  expect(isAdded).toBe(false)
  goOn()
  expect(await added).toMatchObject({ exitCode: 0, output: { ips: [{ address: '10.244.11.3/32' }, {}] } })
  expect(ping(namespace, '10.244.11.1')).toBe(true)
})

test('a link that cannot be deleted is no failure of the DEL, and its addresses rest', async () => {
  const { namespace } = await node.add('a')
  node.beforeLinkDeletion(async () => {
    throw new Error('the kernel is out of memory')
  })
  expect(await node.call('DEL', 'a', pathOf(namespace))).toMatchObject({ exitCode: 0 })
  expect(node.journal().pods()).toEqual([])
})
