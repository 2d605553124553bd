import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LINK_GROUP, parseAddress } from '../model/index.ts'
import { createNamespace, deleteNamespace, type NamespaceHandle, openNamespace } from './namespace.ts'
import { createPodLink, deletePodLink, type PodLinkOptions, podHasInterface } from './pod-link.ts'
import { openRtnetlink, type Rtnetlink } from './rtnetlink.ts'
import { writeSysctl } from './sysctl.ts'

const HOST_MAC = '02:00:00:00:00:0a'
const POD_MAC = '02:00:00:00:00:0b'
let node = ''
let pod = ''
let host: Rtnetlink
let podNamespace: NamespaceHandle
beforeEach(() => {
  const id = `${process.pid}-${randomBytes(3).toString('hex')}`
  node = `dmk-link-node-${id}`
  pod = `dmk-link-pod-${id}`
  createNamespace(node)
  createNamespace(pod)
  const handle = openNamespace(node)
  host = openRtnetlink(handle)
  handle.close()
  podNamespace = openNamespace(pod)
})
afterEach(() => {
  deleteNamespace(node)
  deleteNamespace(pod)
  host.close()
  podNamespace.close()
})

const options = (changed: Partial<PodLinkOptions> = {}): PodLinkOptions => ({
  host,
  podNamespace,
  hostName: 'dmk0123456789a',
  hostHardwareAddress: HOST_MAC,
  interfaceName: 'eth0',
  hardwareAddress: POD_MAC,
  mtuBytes: 1420,
  addresses: [parseAddress('10.244.11.5'), parseAddress('fd44:11::5')],
  gateway4: parseAddress('10.244.11.1'),
  ...changed,
})
const ip = (...args: string[]): string =>
  execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
/** Lines without trailing blanks and without what the kernel adds by itself. */
const inPod = (...args: string[]): string[] =>
  ip('-n', pod, ...args)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** The kernel writes UP, and tells that there is a carrier, a moment after it is so. */
const untilUp = (): Promise<void> =>
  expect.poll(() => inPod('-br', 'link', 'show', 'eth0')[0]).toMatch(new RegExp(`^eth0@\\S+ +UP +${POD_MAC}`))

test('gives the pod its link, addresses, neighbours and default routes, all permanent', async () => {
  await createPodLink(options())
  await untilUp()
  expect(
    inPod('-o', 'addr', 'show', 'eth0').map((line) => line.replace(/\\ .*/, '').replace(/\s+/g, ' ').trim()),
  ).toEqual([
    '2: eth0 inet 10.244.11.5/32 scope global noprefixroute eth0',
    '2: eth0 inet6 fd44:11::5/128 scope global nodad noprefixroute',
  ])
  expect(inPod('route')).toEqual(['default via 10.244.11.1 dev eth0', '10.244.11.1 dev eth0 scope link'])
  expect(inPod('-6', 'route')).toEqual(['default via fe80::1 dev eth0 metric 1024 pref medium'])
  expect(inPod('neigh').sort()).toEqual([
    `10.244.11.1 dev eth0 lladdr ${HOST_MAC} PERMANENT`,
    `fe80::1 dev eth0 lladdr ${HOST_MAC} PERMANENT`,
  ])
  expect(inPod('-br', 'link', 'show', 'lo')[0]).toContain('LOOPBACK,UP')
})

test("makes the host's end ours: in our group, up, without an address of its own", async () => {
  await createPodLink(options())
  expect(host.findLink('dmk0123456789a')).toMatchObject({
    kind: 'veth',
    isUp: true,
    mtuBytes: 1420,
    group: LINK_GROUP,
    hardwareAddress: HOST_MAC,
    addressGeneration: 'none',
  })
  const index = host.linkIndex('dmk0123456789a')
  expect(host.addresses().filter((address) => address.index === index)).toEqual([])
})

test('gives one family alone where the node has no other', async () => {
  await createPodLink(options({ addresses: [parseAddress('fd44:11::5')], gateway4: undefined }))
  expect(inPod('route')).toEqual([])
  expect(inPod('neigh')).toEqual([`fe80::1 dev eth0 lladdr ${HOST_MAC} PERMANENT`])
})

test('switches IPv6 on where the runtime switched it off', async () => {
  writeSysctl(podNamespace, 'net/ipv6/conf/all/disable_ipv6', '1')
  writeSysctl(podNamespace, 'net/ipv6/conf/default/disable_ipv6', '1')
  await createPodLink(options())
  expect(inPod('-6', 'route')).toEqual(['default via fe80::1 dev eth0 metric 1024 pref medium'])
  expect(inPod('-6', '-o', 'addr', 'show', 'eth0')).toHaveLength(1)
})

test('refuses an interface name that the pod has already, and leaves that interface as it is', async () => {
  await createPodLink(options())
  await untilUp()
  const before = inPod('addr')
  await expect(createPodLink(options({ hostName: 'dmkother' }))).rejects.toMatchObject({ code: 'EEXIST' })
  expect(inPod('addr')).toEqual(before)
  expect(host.links().map(({ name }) => name)).toEqual(['lo', 'dmk0123456789a'])
})

test("refuses a host's name that is taken, and leaves that link as it is", async () => {
  await createPodLink(options())
  await untilUp()
  const before = host.findLink('dmk0123456789a')
  await expect(createPodLink(options({ interfaceName: 'eth1' }))).rejects.toMatchObject({ code: 'EEXIST' })
  expect(host.findLink('dmk0123456789a')).toEqual(before)
  expect(podHasInterface(podNamespace, 'eth1')).toBe(false)
})

test("leaves nothing where the pod's end cannot be furnished, and says at what", async () => {
  ip('-n', pod, 'link', 'set', 'lo', 'up')
  ip('-n', pod, 'route', 'add', 'default', 'dev', 'lo')
  await expect(createPodLink(options())).rejects.toThrow("cannot add the default route of the pod's eth0: EEXIST")
  expect(host.links().map(({ name }) => name)).toEqual(['lo'])
  expect(podHasInterface(podNamespace, 'eth0')).toBe(false)
})

test('leaves nothing where the node has no IPv4 gateway address for an IPv4 pod', async () => {
  await expect(createPodLink(options({ gateway4: undefined }))).rejects.toThrow('this node has no IPv4 gateway address')
  expect(host.links().map(({ name }) => name)).toEqual(['lo'])
})

test('deletes both ends, and says where there was none', async () => {
  await createPodLink(options())
  expect(await deletePodLink(host, 'dmk0123456789a')).toBe(true)
  expect(podHasInterface(podNamespace, 'eth0')).toBe(false)
  expect(await deletePodLink(host, 'dmk0123456789a')).toBe(false)
})

test('keeps no namespace alive: when its last handle goes, so does the link', async () => {
  await createPodLink(options())
  podNamespace.close()
  deleteNamespace(pod)
  await expect.poll(() => host.findLink('dmk0123456789a')).toBeUndefined()
})
