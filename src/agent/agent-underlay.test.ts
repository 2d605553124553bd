import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseAddress } from '../model/index.ts'
import { createNode, ETH0, NETWORK, type NodeUnderTest, nodeText } from './agent.fixture.ts'

let node: NodeUnderTest
beforeEach(async () => {
  node = await createNode({ speed: 20 }) // what is read every 5 s is read every 250 ms
})
afterEach(() => node.remove())

function setIpv6Mtu(bytes: number): void {
  mkdirSync(node.path('proc/sys/net/ipv6/conf/eth0'), { recursive: true })
  writeFileSync(node.path('proc/sys/net/ipv6/conf/eth0/mtu'), `${bytes}\n`)
}
const published = (): string => readFileSync(node.path('store', 'status', 'a.yaml'), 'utf8')

describe('the link on which a node stands', () => {
  it('has another MTU for IPv6 where a router says so, and when that changes nobody has to be told', async () => {
    setIpv6Mtu(1400)
    await node.startAndSettle()
    expect((await node.status()).underlay).toEqual({ link: 'eth0', mtuBytes: 1450, ipv6MtuBytes: 1400 })
    expect(published()).toMatch(/underlayMtu: 1450\n.*underlayIpv6Mtu: 1400\n/)
    setIpv6Mtu(1380)
    await node.until(() => published().includes('underlayIpv6Mtu: 1380'))
    setIpv6Mtu(1450)
    await node.until(() => !published().includes('underlayIpv6Mtu'))
    expect((await node.status()).underlay).toEqual({ link: 'eth0', mtuBytes: 1450 })
  })

  it('is missing where no link has the private address: what there is instead is said', async () => {
    node.kernel().setHostLink({
      ...ETH0,
      addresses: ['10.9.0.5', 'fe80::1'].map((text) => ({ address: parseAddress(text), length: 24 })),
    })
    await node.startAndSettle()
    const { underlay, missingUnderlay } = await node.status()
    expect({ underlay, missingUnderlay }).toEqual({
      underlay: undefined,
      missingUnderlay: { privateAddresses: ['192.168.1.11'], found: ['eth0 10.9.0.5/24'] },
    })
  })

  it('is not the only one with a network: one that docker makes stays here, although a far machine offers a broader one', async () => {
    node.write('b.yaml', nodeText('b', 2, ', offeredPrefixes: [172.16.0.0/12]'))
    await node.startAndSettle()
    const target = (): unknown => {
      const route = node.entryOf('route 218 172.17.0.0/16')
      return route?.kind === 'route' ? route.target : undefined
    }
    expect([node.stands('route 218 172.16.0.0/12'), target()]).toEqual([true, undefined])
    node.kernel().setHostLink({
      ...ETH0,
      name: 'docker0',
      addresses: [{ address: parseAddress('172.17.0.1'), length: 16 }],
    })
    await node.until(() => target() !== undefined)
    expect(target()).toEqual({ kind: 'throw' })
    node.kernel().setHostLink({ ...ETH0, name: 'docker0', addresses: [] })
    await node.until(() => target() === undefined)
  })

  it('keeps a node from being ready where others of its site look for it there', async () => {
    node.write('network.yaml', NETWORK.replace('by: node', 'by: field'))
    node.write('a.yaml', nodeText('a', 1, ', site: s'))
    node.write('b.yaml', nodeText('b', 2, ', site: s').replace('192.168.2.11', '192.168.1.12'))
    node.kernel().setHostLink({ ...ETH0, addresses: [] })
    await node.start()
    await node.until(async () => (await node.status()).ready.reasons.some(({ kind }) => kind === 'no-underlay'))
    const { ready } = await node.status()
    expect(ready.ready).toBe(false)
    expect(ready.reasons.find(({ kind }) => kind === 'no-underlay')?.message).toBe(
      'no link of this machine holds 192.168.1.11, by which the others of its site reach it; it has no address: ' +
        'mend spec.privateAddresses of Node a, or the machine',
    )
    node.kernel().setHostLink(ETH0)
    await node.until(async () => (await node.status()).ready.ready)
  })

  it('carries a virtual LAN without pods: what to give another network on top is said', async () => {
    node.write(
      'network.yaml',
      NETWORK.replace(/podPrefixes: \[[^\]]*\]/, 'lan: 172.16.0.0/12').replace('by: node', 'by: field'),
    )
    for (const [name, number] of [
      ['a', 1],
      ['b', 2],
    ] as const)
      node.write(
        `${name}.yaml`,
        nodeText(
          name,
          number,
          `, lan: 172.16.0.${number}, site: ${name}, endpoint: { host: 203.0.113.${number}, port: 51820 }`,
        ).replace(/podPrefixes: \[[^\]]*\], /, ''),
      )
    await node.start()
    await node.until(async () => (await node.status()).ready.ready)
    expect((await node.status()).lan).toEqual({ address: '172.16.0.1', mtuBytes: 1390, vxlanMtuBytes: 1340 })
    expect(node.stands('address damask0 172.16.0.1')).toBe(true)
    await node.until(() => node.datagrams.includes('172.16.0.2'))
  })
})
