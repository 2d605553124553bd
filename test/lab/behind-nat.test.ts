// Sites behind NAT: two that meet through a third, one whose router maps ports of its own, one whose router forgets.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { EXAMPLES } from './damask-process.ts'
import { expectAllPairs } from './lab-check.ts'
import { labOfThisFile } from './lab-under-test.ts'
import { askIn, clearTextPackets, cloudNamespace } from './namespace-command.ts'

const lab = labOfThisFile(`${EXAMPLES}/behind-nat.yaml`)
/** What the flat's router remembers a silent flow for. */
const FORGETS_SECONDS = 30

const measured: string[] = []
afterAll(() => console.log(measured.join('\n')))

const counters = async (node: string): Promise<{ received: number; sent: number }> => {
  const line = await lab.ask(node, 'sh', '-c', "grep 'damask-t1:' /proc/net/dev")
  const numbers = line.replace(/.*:/, '').trim().split(/\s+/).map(Number)
  return { received: numbers[0] ?? 0, sent: numbers[8] ?? 0 }
}
const ping = (from: string, to: string, family: 4 | 6 = 4, seconds = 20): Promise<{ code: number | null }> =>
  lab.run(from, 'ping', '-n', '-c', '1', '-W', `${seconds}`, lab.podAddress(to, family))

describe('sites behind NAT', () => {
  it('reach everybody', async () => {
    expect(await expectAllPairs(lab)).toBe(40)
  })

  it('meet through the site that both can reach, which is no peer of anybody for it', async () => {
    const before = await counters('rented-1')
    await lab.ask('office-2-a', 'ping', '-n', '-c', '20', '-i', '0.05', '-s', '1000', lab.podAddress('flat-1-a', 6))
    const after = await counters('rented-1')
    // Twenty questions and as many answers come in, and go out again.
    expect(after.received - before.received).toBeGreaterThan(40 * 1000)
    expect(after.sent - before.sent).toBeGreaterThan(40 * 1000)
    const nodes = (await lab.status('office-1')).peers.map(({ node }) => node).sort()
    expect(nodes).toEqual(['rented-1', 'workshop-1'])
  })

  it('are found behind a router that chose the port, by those who are in the open and those who are not', async () => {
    for (const node of ['rented-1', 'office-1', 'flat-1']) {
      const peer = (await lab.status(node)).peers.find((one) => one.node === 'workshop-1')
      expect({ node, endpoint: peer?.endpoint }).toEqual({ node, endpoint: '203.0.113.11:40001' })
      expect(peer?.secondsSinceHandshake).toBeLessThan(600)
    }
    expect((await lab.status('workshop-1')).devices.find(({ name }) => name === 'damask-t1')?.listenPort).toBe(51820)
  })

  it('are heard after their router would have forgotten them', async () => {
    const flows = (): string =>
      askIn(cloudNamespace(lab.record(), 'flat'), 'sysctl', '-n', 'net.netfilter.nf_conntrack_udp_timeout')
    expect(Number(flows())).toBe(FORGETS_SECONDS)
    await sleep((FORGETS_SECONDS + 15) * 1000)
    // They ask, who may not: nobody behind the NAT has said a word.
    for (const from of ['rented-1-a', 'office-2-a', 'workshop-1-a'])
      expect({ from, ...(await ping(from, 'flat-1-a')) }).toMatchObject({ from, code: 0 })
  })

  it('show nothing in the clear', () => {
    expect(clearTextPackets(lab.record())).toBe(0)
  })
})
