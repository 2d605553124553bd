// The probes between plain namespaces, without a lab: what arrives, and what is said of what does not.
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNamespace, deleteNamespace, openNftables } from '../linux/index.ts'
import { parseAddress } from '../model/index.ts'
import { checkPairs } from './check.ts'
import type { End } from './probe-end.ts'
import { setUpHost, setUpRouter, within } from './within.ts'

const forever = new AbortController().signal
let names: { router: string; a: string; b: string }
let ends: readonly [End, End]

beforeEach(async () => {
  const tag = `dmk-${randomBytes(3).toString('hex')}-check`
  names = { router: `${tag}-r`, a: `${tag}-a`, b: `${tag}-b` }
  for (const name of Object.values(names)) createNamespace(name)
  await within(names.router, setUpRouter)
  ends = [await join('a', 1), await join('b', 2)]
})
afterEach(() => {
  for (const name of Object.values(names)) deleteNamespace(name)
})

async function join(name: 'a' | 'b', n: number): Promise<End> {
  const addresses = [parseAddress(`10.99.${n}.2`), parseAddress(`fd99:${n}::2`)] as const
  const gateways = [parseAddress(`10.99.${n}.1`), parseAddress(`fd99:${n}::1`)] as const
  await within(names[name], async (own) => {
    setUpHost(own)
    await within(names.router, ({ netlink }) => {
      netlink.addVethPair({ name: `to-${name}`, peer: 'eth0', peerNamespace: own.namespace, mtuBytes: 1400 })
      netlink.addAddress(`to-${name}`, gateways[0], 24)
      netlink.addAddress(`to-${name}`, gateways[1], 64)
    })
    own.netlink.setLink('eth0', { isUp: true })
    own.netlink.addAddress('eth0', addresses[0], 24)
    own.netlink.addAddress('eth0', addresses[1], 64)
    for (const via of gateways) own.netlink.addRoute({ to: { ...zero(via.family), length: 0 }, via, link: 'eth0' })
  })
  return { name, node: name, namespace: names[name], link: 'eth0', addresses, mtuBytes: 1400 }
}
const zero = (family: 4 | 6) => parseAddress(family === 4 ? '0.0.0.0' : '::')

const onRouter = (rules: string): Promise<void> =>
  within(names.router, async ({ namespace }) => {
    const nftables = openNftables(namespace)
    await nftables.run(`table inet check { chain forward { type filter hook forward priority 0; ${rules}\n}\n}`)
    nftables.close()
  })

describe('checkPairs', () => {
  it('finds every pair of both families well where all arrives', async () => {
    const { pairs, failed } = await checkPairs(ends, forever)
    expect(pairs.map(({ from, to, family }) => `${from.name}${to.name}${family}`)).toEqual(['ab4', 'ab6', 'ba4', 'ba6'])
    expect(failed).toEqual([])
  })

  it('says that there was no echo where packets vanish', async () => {
    await onRouter('ip daddr 10.99.2.2 icmp type echo-request drop')
    const { failed } = await checkPairs(ends, forever)
    expect(failed).toEqual([{ from: 'a', to: 'b', family: 4, probe: 'echo', reason: 'no answer (3 tries)' }])
  })

  it('sees that a full packet does not fit where a small one does', async () => {
    await within(names.router, ({ netlink }) => netlink.setLink('to-b', { mtuBytes: 1300 }))
    const { failed } = await checkPairs(ends, forever)
    const large = failed.filter(({ probe }) => probe === 'echo-full-mtu')
    expect(large.map(({ from, to, family }) => `${from}${to}${family}`).sort()).toContain('ab4')
    expect(large.map(({ from, to, family }) => `${from}${to}${family}`).sort()).toContain('ab6')
    expect(large[0]?.reason).toMatch(/^1400 bytes: /)
  })

  it('says so when TCP does not get through', async () => {
    await onRouter('ip6 daddr fd99:1::2 tcp flags & (syn | ack) == syn reject with tcp reset')
    const { failed } = await checkPairs(ends, forever)
    expect(failed.filter(({ from }) => from === 'b')).toMatchObject([
      { from: 'b', to: 'a', family: 6, probe: 'tcp', reason: expect.stringContaining('ECONNREFUSED') },
    ])
  })

  it('notices that the receiver saw another address than the sender has', async () => {
    await within(names.router, async ({ namespace }) => {
      const nftables = openNftables(namespace)
      await nftables.run(
        'table ip check { chain out { type nat hook postrouting priority 100; oifname "to-b" masquerade\n}\n}',
      )
      nftables.close()
    })
    const { failed } = await checkPairs(ends, forever)
    expect(failed).toEqual([
      {
        from: 'a',
        to: 'b',
        family: 4,
        probe: 'source',
        reason: 'the receiver saw 10.99.2.1 in place of 10.99.1.2 or fd99:1::2',
      },
    ])
  })
})
