// What a router translates for the nodes behind it: forwarded ports, flows of their own, and what it forgets. No agents.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { underlayOfThisFile } from '../../test/lab-underlay.ts'
import { labCloud, labNode, labOf, labWorld } from '../../test/lab-world.ts'
import { type Node, parseAddress } from '../model/index.ts'

/** Long enough for whoever keeps a flow alive every half second, also where a machine has much to do. */
const TIMEOUT_SECONDS = 6
const HOUSE = 'house.example.net'
const behind = (name: string, at: number, endpoint?: Node['endpoint']): Node => ({
  ...labNode(name, `192.168.1.${at}/24`),
  privateAddresses: [
    { address: parseAddress(`192.168.1.${at}`), length: 24 },
    { address: parseAddress(`fd00:1::${at}`), length: 64 },
  ],
  ...(endpoint && { endpoint }),
})
const world = labWorld([
  behind('mapped', 11, { host: HOUSE, port: 40_001, ports: [40_001, 40_002] }),
  behind('plain', 12, { host: HOUSE, port: 51_820 }),
  behind('hidden', 13),
  labNode('open-4', '192.0.2.5/26', '192.0.2.5'),
  labNode('open-6', '2001:db8:6::5/64', '2001:db8:6::5'),
])
const placement = { mapped: 'house', plain: 'house', hidden: 'house', 'open-4': 'open', 'open-6': 'open' }
const house = { ...labCloud('house', 'masquerade'), allow: [], natTimeoutSeconds: TIMEOUT_SECONDS }
const { openUdp, heardBy, heardSoonBy, send } = underlayOfThisFile(
  { ...world, network: { ...world.network, gatewaysPerSite: 2 } },
  {
    ...labOf([house, labCloud('open', 'none')], placement),
    hosts: new Map([[HOUSE, ['203.0.113.9', '2001:db8:9::1'].map(parseAddress)]]),
  },
)

/** `address port` of who sent what this node hears next. */
const nextAt = (udp: Awaited<ReturnType<typeof openUdp>>): Promise<string> =>
  once(udp, 'message').then(([, from]) => `${from.address} ${from.port}`)

describe('a port that a router forwards', () => {
  it.each([
    ['of the first slot', 40_001, 'mapped', 51_820],
    ['of the second slot', 40_002, 'mapped', 51_821],
    ['that is the same inside', 51_820, 'plain', 51_820],
    ['of the second slot, the same inside', 51_821, 'plain', 51_821],
  ])('leads to its node, %s', async (_, outside, node, inside) => {
    expect(await heardBy(node, inside, () => send({ from: 'open-4', to: '203.0.113.9', port: outside }))).toBe(
      '192.0.2.5',
    )
    expect(await heardBy(node, inside, () => send({ from: 'open-6', to: '2001:db8:9::1', port: outside }), '::')).toBe(
      '2001:db8:6::5',
    )
  })

  it('is the only one that does', async () => {
    expect(
      await heardSoonBy('mapped', 51_822, () => send({ from: 'open-4', to: '203.0.113.9', port: 40_003 })),
    ).toBeUndefined()
    expect(
      await heardSoonBy('hidden', 51_822, () => send({ from: 'open-4', to: '203.0.113.9', port: 51_822 })),
    ).toBeUndefined()
  })

  it('leads there from inside too', async () => {
    expect(await heardBy('mapped', 51_820, () => send({ from: 'hidden', to: '203.0.113.9', port: 40_001 }))).toBe(
      '203.0.113.9',
    )
  })

  it.each([
    ['IPv4', 'open-4', '192.0.2.5', '0.0.0.0', '203.0.113.9'],
    ['IPv6', 'open-6', '2001:db8:6::5', '::', '2001:db8:9::1'],
  ])('is the port of what its node sends, and of nobody else: %s', async (_, receiver, to, own, seen) => {
    const ear = await openUdp(receiver, 51_820, own)
    const sentBy = async (node: string): Promise<string> => {
      const mouth = await openUdp(node, 51_820, own)
      const heard = nextAt(ear)
      mouth.send('hello', 51_820, to)
      return heard
    }
    expect(await sentBy('hidden')).toMatch(new RegExp(`^${seen} (?!51820$|40001$)`))
    expect(await sentBy('mapped')).toBe(`${seen} 40001`)
    expect(await sentBy('plain')).toBe(`${seen} 51820`)
  })
})

describe('a router that forgets', () => {
  it('lets an answer in, but not after so many silent seconds; a flow that is kept alive stays', async () => {
    const outside = await openUdp('open-4', 51_820)
    const [silent, alive] = [await openUdp('hidden', 0), await openUdp('hidden', 0)]
    const portOf = async (udp: typeof silent): Promise<number> => {
      const heard = once(outside, 'message')
      udp.send('hello', 51_820, '192.0.2.5')
      return (await heard)[1].port
    }
    const [toSilent, toAlive] = [await portOf(silent), await portOf(alive)]
    const answered = (udp: typeof silent, port: number): Promise<string> => {
      const heard = nextAt(udp)
      outside.send('answer', port, '203.0.113.9')
      return heard
    }
    expect(await answered(silent, toSilent)).toBe('192.0.2.5 51820')
    for (let kept = 0; kept < 2 * TIMEOUT_SECONDS + 1; kept += 0.5) {
      alive.send('keep', 51_820, '192.0.2.5')
      await sleep(500)
    }
    expect(await answered(alive, toAlive)).toBe('192.0.2.5 51820')
    expect(await Promise.race([answered(silent, toSilent), sleep(1000)])).toBeUndefined()
  })
})
