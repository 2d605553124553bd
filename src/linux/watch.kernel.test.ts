// What the suite for all kernels cannot ask of one in memory: which news come, and what becomes of those that find no room.
import { expect, onTestFinished, test } from 'vitest'
import { scratchNamespace } from '../../test/scratch-namespace.ts'
import {
  type Change,
  type Entry,
  LINK_GROUP,
  link,
  nthAddress,
  parsePrefix,
  prefixOf,
  route,
  TABLE,
} from '../model/index.ts'
import { openKernel } from './kernel.ts'
import { raiseRouteStorm } from './route-storm.fixture.ts'
import { openRtnetlink } from './rtnetlink.ts'
import { writeSysctl } from './sysctl.ts'

const because = [] as const
const creations = (entries: readonly Entry[]): Change[] => entries.map((entry) => ({ op: 'create', entry }))
const anchor = link({ name: 'damask0', type: { kind: 'dummy' }, mtuBytes: 1420, because })

async function scratchKernel() {
  const namespace = scratchNamespace()
  const rtnetlink = openRtnetlink(namespace.handle)
  const kernel = await openKernel({ namespace: namespace.handle, privateKeys: new Map() })
  onTestFinished(() => {
    kernel.close()
    rtnetlink.close()
  })
  return { ...namespace, rtnetlink, kernel }
}

test('forwarding and rp_filter set by somebody are told; other settings are not', async () => {
  const { kernel, handle, rtnetlink } = await scratchKernel()
  rtnetlink.addBridge({ name: 'nic0' })
  const heard: string[] = []
  onTestFinished(kernel.watch((what) => heard.push(what)))
  writeSysctl(handle, 'net/ipv4/fib_multipath_hash_policy', '1')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(heard).not.toContain('setting')
  for (const key of ['net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding', 'net/ipv4/conf/nic0/rp_filter']) {
    writeSysctl(handle, key, '1')
    await expect.poll(() => heard.splice(0)).toContain('setting')
  }
})

test('a network of another program is told when it comes, when its link goes down, and when it goes', async () => {
  const { kernel, rtnetlink, run } = await scratchKernel()
  rtnetlink.addBridge({ name: 'docker0' })
  const heard: string[] = []
  onTestFinished(kernel.watch((what) => heard.push(what)))
  const tells = async (what: string, ...command: readonly string[]): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 50)) // news of what was done before have arrived by then
    heard.length = 0
    run('ip', ...command)
    await expect.poll(() => heard).toContain(what)
  }
  await tells('address', 'address', 'add', '172.17.0.1/16', 'dev', 'docker0')
  await tells('link docker0', 'link', 'set', 'docker0', 'down')
  await tells('address', 'address', 'delete', '172.17.0.1/16', 'dev', 'docker0')
})

test('after news were lost, what becomes of links made meanwhile is told', async () => {
  const { kernel, rtnetlink, run } = await scratchKernel()
  const heard: string[] = []
  onTestFinished(kernel.watch((what) => heard.push(what)))
  raiseRouteStorm(rtnetlink)
  // Nobody reads meanwhile: this news finds no room.
  rtnetlink.addBridge({ name: anchor.name, group: LINK_GROUP, hardwareAddress: '02:00:00:00:00:01' })
  await expect.poll(() => heard.splice(0)).toContain('the kernel had more news than room for them')
  run('ip', 'neigh', 'add', '10.0.0.5', 'lladdr', '02:00:00:00:00:05', 'dev', anchor.name, 'nud', 'permanent')
  await expect.poll(() => heard).toContain('neighbour') // beside what the kernel has to say of the link a moment later
})

test('a rule in a chain "x" of somebody else is no news, and keeps none of ours from being told', async () => {
  const { kernel, run } = await scratchKernel()
  const heard: [string, ...unknown[]][] = []
  onTestFinished(kernel.watch((...what) => heard.push(what)))
  run('nft', 'add table ip other; add chain ip other x; add rule ip other x accept; delete table ip other')
  run('nft', 'add table inet damask; add chain inet damask x; add rule inet damask x accept')
  await expect.poll(() => heard).toContainEqual(['packet filter', undefined])
  run('nft', 'add rule inet damask x drop')
  await expect.poll(() => heard.length).toBe(2)
  expect(heard).toEqual(Array(2).fill(['packet filter', undefined]))
})

test('a burst of events is few calls', async () => {
  // No links: the kernel tells of their carriers whenever it comes to that.
  const { kernel } = await scratchKernel()
  const heard: string[] = []
  onTestFinished(kernel.watch((what) => heard.push(what)))
  const target = { kind: 'unreachable' } as const
  const routes = Array.from({ length: 200 }, (_, number) =>
    route({ table: TABLE, to: prefixOf(nthAddress(parsePrefix('10.0.0.0/8'), number), 32), target, because }),
  )
  await kernel.apply(creations(routes))
  await expect.poll(() => heard.length).toBeGreaterThan(0)
  expect(heard[0]).toBe('route 10.0.0.0/32')
  await new Promise((resolve) => setTimeout(resolve, 100)) // the last ones
  expect(heard.length).toBeLessThan(10) // one, where nobody else wants the processor
})
