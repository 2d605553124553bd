import { describe, expect, test } from 'vitest'
import {
  filterTable,
  link,
  type Prefix,
  type PublicKey,
  parseAddress,
  route,
  routeKey,
  wireguardPeer,
} from '../model/index.ts'
import { describeKernel, type KernelHarness } from './kernel.conformance.ts'
import { openMemoryKernel } from './memory-kernel.ts'

const UNDERLAY = {
  name: 'eth0',
  mtuBytes: 1500,
  isUp: true,
  hardwareAddress: '02:00:00:00:00:01',
  addresses: [
    { address: parseAddress('192.0.2.1'), length: 24 },
    { address: parseAddress('2001:db8::1'), length: 64 },
  ],
}
const DEVICE_KEYS = [
  'SaLD0xeS/KtFACTMbYGU3mWYnL/Xr/yIoARV1IVinA0=',
  'kkY6LgeyrjWhru6KvGBDMal9ElzAfG4m2fkhgZOUBnE=',
] as unknown as KernelHarness['deviceKeys']

async function makeMemoryKernel(): Promise<KernelHarness> {
  const kernel = openMemoryKernel({ hostLinks: [UNDERLAY], knownKeys: DEVICE_KEYS })
  const because = [] as const
  const unreachable = (to: Prefix, table: number) => route({ table, to, target: { kind: 'unreachable' }, because })
  const anyLink = (name: string) => link({ name, type: { kind: 'dummy' }, mtuBytes: 1500, because })
  const linkNamed = (name: string) => kernel.standing().find((entry) => entry.kind === 'link' && entry.name === name)
  const table = (name: string) => filterTable({ name, sets: [], chains: [], because })
  const hasTable = (name: string) =>
    kernel.standing().some((entry) => entry.kind === 'filter-table' && entry.name === name)
  return {
    kernel,
    underlayLink: UNDERLAY.name,
    deviceKeys: DEVICE_KEYS,
    other: {
      addRoute: async (to, id) => kernel.interfere({ op: 'create', entry: unreachable(to, id) }),
      hasRoute: async (to, id) =>
        kernel.standing().some((entry) => entry.kind === 'route' && routeKey(entry) === routeKey(unreachable(to, id))),
      addLink: async (name) => kernel.interfere({ op: 'create', entry: anyLink(name) }),
      hasLink: async (name) => linkNamed(name) !== undefined,
      deleteLink: async (name) => kernel.interfere({ op: 'delete', entry: anyLink(name) }),
      takeDown: async (name) => {
        const observed = linkNamed(name)
        if (observed?.kind !== 'link') throw new Error(`there is no link ${name}`)
        kernel.interfere({ op: 'update', observed, entry: { ...observed, isDown: true } })
      },
      addFilterTable: async (name) => kernel.interfere({ op: 'create', entry: table(name) }),
      hasFilterTable: async (name) => hasTable(name),
      deleteFilterTable: async (name) => kernel.interfere({ op: 'delete', entry: table(name) }),
      deleteRoute: async (to, id) => kernel.interfere({ op: 'delete', entry: unreachable(to, id) }),
      roam: async (name, publicKey) => {
        const endpoint = { address: parseAddress('203.0.113.99'), port: 9999 }
        kernel.setActivity({ link: name, publicKey, endpoint, lastHandshake: 0, receivedBytes: 0, sentBytes: 0 })
      },
    },
    close: async () => kernel.close(),
  }
}

describeKernel('the kernel in memory', makeMemoryKernel)

describe('what the kernel in memory has for tests', () => {
  const anchor = link({ name: 'damask0', type: { kind: 'dummy' }, mtuBytes: 1420, because: [] })

  test('it refuses what a test says, once', async () => {
    const kernel = openMemoryKernel()
    kernel.refuseNext('link damask0', 'EPERM')
    expect((await kernel.apply([{ op: 'create', entry: anchor }])).map(({ code }) => code)).toEqual(['EPERM'])
    expect(await kernel.apply([{ op: 'create', entry: anchor }])).toEqual([])
    expect(kernel.applied()).toEqual([{ op: 'create', entry: anchor }])
  })

  test('it tells the activity that a test sets', async () => {
    const kernel = openMemoryKernel()
    const publicKey = DEVICE_KEYS[0] as PublicKey
    const peer = wireguardPeer({ link: 'damask0', publicKey, allowedIps: [], keepaliveSeconds: 0, because: [] })
    await kernel.apply([anchor, peer].map((entry) => ({ op: 'create', entry })))
    const activity = { link: 'damask0', publicKey, lastHandshake: 1_700_000_000, receivedBytes: 92, sentBytes: 148 }
    kernel.setActivity(activity)
    expect((await kernel.observe([])).activity).toEqual([activity])
  })

  test('it lets no ipip or vxlan device change what it was made with', async () => {
    const local = parseAddress('192.0.2.1')
    const ipip = { kind: 'ipip', local, mark: 0x1000 } as const
    const vxlan = { kind: 'vxlan', networkIdentifier: 218, port: 8472, local } as const
    const moved = { local: parseAddress('192.0.2.9') }
    for (const [before, after] of [
      [ipip, { ...ipip, mark: 0 }],
      [ipip, { ...ipip, ...moved }],
      [vxlan, { ...vxlan, ...moved }],
    ] as const) {
      const kernel = openMemoryKernel()
      const observed = link({ name: 'damask-x', type: before, mtuBytes: 1400, because: [] })
      await kernel.apply([{ op: 'create', entry: observed }])
      const failures = await kernel.apply([{ op: 'update', observed, entry: { ...observed, type: after } }])
      expect(failures.map(({ code }) => code)).toEqual(['EOPNOTSUPP'])
    }
  })

  test('it cannot be used once it is closed', async () => {
    const kernel = openMemoryKernel()
    kernel.close()
    await expect(kernel.observe([])).rejects.toThrow('the kernel in memory was closed')
  })
})
