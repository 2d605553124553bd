// The virtual LAN of the issue: machines without pods or a cluster, three here and one there. Who is near speaks near.
import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../src/model/index.ts'
import { EXAMPLES } from './damask-process.ts'
import { expectAllPairs } from './lab-check.ts'
import { labOfThisFile } from './lab-under-test.ts'
import { clearTextPackets, internetBytes } from './namespace-command.ts'
import { tcpFlows } from './tcp-flows.ts'

const lab = labOfThisFile(`${EXAMPLES}/nanjing-shanghai.yaml`)

const ADDRESSES = { n1: '172.16.0.1', n2: '172.16.0.2', n3: '172.16.0.3', s1: '172.16.128.1' } as const
type Machine = keyof typeof ADDRESSES
const NANJING: readonly Machine[] = ['n1', 'n2', 'n3']

const namespaceOf = (name: string): string =>
  lab.record().layout.nodes.find((node) => node.name === name)?.namespace ?? `no node ${name}`

/** Pings and TCP from one machine to another; how many bytes the internet saw meanwhile. */
async function crossing(from: Machine, to: Machine): Promise<number> {
  const before = internetBytes(lab.record())
  await lab.ask(from, 'ping', '-n', '-c', '10', '-i', '0.05', '-W', '20', ADDRESSES[to])
  const { failed } = await tcpFlows({
    from: namespaceOf(from),
    to: namespaceOf(to),
    address: parseAddress(ADDRESSES[to]),
    count: 4,
    limitMilliseconds: 60_000,
  })
  expect(failed, `${from} to ${to}`).toBe(0)
  return internetBytes(lab.record()) - before
}

/** Longer than WireGuard waits before it answers data with an empty packet, where nobody has anything to say (KEEPALIVE_TIMEOUT, 10 s). */
const QUIET_MILLISECONDS = 15_000

/** Nobody was asked anything, and whatever was still under way has arrived. */
async function quiet(): Promise<void> {
  let last = -1
  await expect
    .poll(
      () => {
        const bytes = internetBytes(lab.record())
        const isSame = bytes === last
        last = bytes
        return isSame
      },
      { timeout: 10 * QUIET_MILLISECONDS, interval: QUIET_MILLISECONDS },
    )
    .toBe(true)
}

describe('a virtual LAN over two clouds', () => {
  it('lets any machine reach any other by its own address', async () => {
    expect(await expectAllPairs(lab)).toBe(12)
    expect(clearTextPackets(lab.record())).toBe(0)
  })

  it('puts no byte on the internet of what the machines of one cloud say to each other', async () => {
    await quiet()
    for (const from of NANJING)
      for (const to of NANJING) if (from !== to) expect(await crossing(from, to), `${from} to ${to}`).toBe(0)
  })

  it('counts what crosses: the same words with Shanghai do', async () => {
    for (const name of NANJING) {
      // Ten pings of 84 bytes and 20 KB four times each way, in WireGuard.
      expect(await crossing(name, 's1'), name).toBeGreaterThan(160_000)
      expect(await crossing('s1', name), name).toBeGreaterThan(160_000)
    }
    expect(clearTextPackets(lab.record())).toBe(0)
  })

  it('has one machine alone at each end of the tunnel', async () => {
    const peers = async (name: Machine) =>
      (await lab.status(name)).peers.map(({ link, node }) => `${link} ${node}`).sort()
    expect(await peers('n1')).toEqual(['damask-f1 n2', 'damask-f1 n3', 'damask-t1 s1'])
    expect(await peers('n2')).toEqual(['damask-f1 n1', 'damask-f1 n3'])
    expect(await peers('s1')).toEqual(['damask-t1 n1'])
  })
})
