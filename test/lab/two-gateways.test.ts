// Two gateways a site: flows go out by one and come back by another, past a firewall that drops what it has not seen begin and
// a reverse-path check that somebody else made strict.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAddress } from '../../src/model/index.ts'
import { EXAMPLES } from './damask-process.ts'
import { expectAllPairs, expectReady } from './lab-check.ts'
import { labOfThisFile } from './lab-under-test.ts'
import { type TcpFlows, tcpFlows } from './tcp-flows.ts'
import { udpFlows } from './udp-flows.ts'

const lab = labOfThisFile(`${EXAMPLES}/two-gateways.yaml`)
const GATEWAYS = ['a1', 'a2', 'b1', 'b2'] as const
const FLOWS = 96

/** As an administrator's own firewall has it, and a counter for each TCP flow that a gateway carries, by direction. */
const FIREWALL = `
table inet firewall {
  set flows { type inet_service . inet_service; flags dynamic; counter; }
  chain count {
    type filter hook prerouting priority -310;
    iifname { "damask-t1", "damask-t2" } ip protocol tcp add @flows { tcp sport . tcp dport }
  }
  chain forward {
    type filter hook forward priority filter;
    ct state invalid counter drop
  }
}
`
const sh = (node: string, script: string): Promise<string> => lab.ask(node, 'sh', '-ec', script)

/** Machines have seeds of their own; namespaces share the kernel's, and all would split flows alike (linux ≥ 6.11). */
const SEED = 'net.ipv4.fib_multipath_hash_seed'

const measured: string[] = []
beforeAll(async () => {
  for (const [index, { name }] of lab.record().layout.nodes.entries())
    await sh(name, `sysctl -q -w ${SEED}=${index + 1}`)
  for (const node of GATEWAYS) {
    await sh(node, `nft -f - <<'NFT'\n${FIREWALL}\nNFT`)
    await sh(node, 'sysctl -q -w net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.eth0.rp_filter=1')
  }
})
afterAll(() => {
  for (const node of GATEWAYS) signalAgent(node, 'SIGCONT')
  console.log(measured.join('\n'))
})

const betweenMembers = () => ({
  from: lab.podNamespace('a3-a'),
  to: lab.podNamespace('b3-a'),
  address: parseAddress(lab.podAddress('b3-a', 4)),
})
const flowsBetweenMembers = (limitMilliseconds: number): Promise<TcpFlows> =>
  tcpFlows({ ...betweenMembers(), count: FLOWS, limitMilliseconds })

const bytesOf = async (node: string, link: string): Promise<{ received: number; sent: number }> => {
  const numbers = (await sh(node, `grep '${link}:' /proc/net/dev`)).replace(/.*:/, '').trim().split(/\s+/).map(Number)
  return { received: numbers[0] ?? 0, sent: numbers[8] ?? 0 }
}

/** What came to a gateway out of its tunnels: of each flow, `from port . to port`. */
async function flowsThrough(node: string): Promise<ReadonlySet<string>> {
  const text = await sh(node, 'nft list set inet firewall flows')
  return new Set([...text.matchAll(/(\d+) \. (\d+) counter/g)].map(([, from, to]) => `${from} ${to}`))
}

const invalidOf = async (node: string): Promise<number> =>
  Number(/ct state invalid counter packets (\d+)/.exec(await sh(node, 'nft list chain inet firewall forward'))?.[1])

function signalAgent(node: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
  const agent = lab.record().processes.find((one) => one.what === 'agent' && one.node === node)
  if (agent === undefined) throw new Error(`node ${node} has no agent`)
  // The tool may stand between: whoever is in its mount namespace and runs an agent is meant.
  expect(readFileSync(`/proc/${agent.pid}/cmdline`, 'utf8')).toContain('agent')
  process.kill(agent.pid, signal)
}

describe('two gateways a site', () => {
  it('carry every pair past the firewall, once the agents have loosened what was made strict', async () => {
    for (const node of GATEWAYS) await expect.poll(() => sh(node, 'sysctl -n net.ipv4.conf.eth0.rp_filter')).toBe('2\n')
    expect(await expectAllPairs(lab)).toBe(60)
  })

  it('carry many a flow of two members out by one and back by the other', async () => {
    const { arrived, failed, port } = await flowsBetweenMembers(60_000)
    expect(failed).toBe(0)
    const [a1, a2, b1, b2] = await Promise.all(GATEWAYS.map(flowsThrough))
    const ways = arrived.map((own) => {
      const [out, back] = [`${own} ${port}`, `${port} ${own}`]
      return `${b1?.has(out) ? 'b1' : b2?.has(out) ? 'b2' : '?'} ${a1?.has(back) ? 'a1' : a2?.has(back) ? 'a2' : '?'}`
    })
    const counts = Object.entries(Object.groupBy(ways, (way) => way)).map(([way, list]) => `${way}: ${list?.length}`)
    measured.push(`out by, back by: ${counts.sort().join(', ')}`)
    for (const way of ['b1 a1', 'b1 a2', 'b2 a1', 'b2 a2']) expect(ways).toContain(way)
    expect(await Promise.all(GATEWAYS.map(invalidOf))).toEqual([0, 0, 0, 0])
  })

  it('send by all four tunnels, in both directions', async () => {
    const ends = GATEWAYS.flatMap((node) => ['damask-t1', 'damask-t2'].map((link) => ({ node, link })))
    const read = () => Promise.all(ends.map(({ node, link }) => bytesOf(node, link)))
    const before = await read()
    const returned = await udpFlows({ ...betweenMembers(), count: FLOWS, each: 5 })
    const after = await read()
    expect(returned).toBeGreaterThan(FLOWS * 3)
    for (const [index, { node, link }] of ends.entries()) {
      const received = (after[index]?.received ?? 0) - (before[index]?.received ?? 0)
      const sent = (after[index]?.sent ?? 0) - (before[index]?.sent ?? 0)
      measured.push(`${node} ${link}: ${received} bytes received, ${sent} sent`)
      expect(Math.min(received, sent), `${node} ${link}`).toBeGreaterThan(10_000)
    }
  })

  it('lose flows at that firewall once the rule that leaves transit untracked is gone, and carry them when it is back', async () => {
    for (const node of GATEWAYS) signalAgent(node, 'SIGSTOP')
    for (const node of GATEWAYS) await sh(node, 'nft flush chain inet damask transit')
    const without = await flowsBetweenMembers(4000)
    const invalid = await Promise.all(GATEWAYS.map(invalidOf))
    measured.push(`without the rule: ${without.failed} of ${FLOWS} flows fail; invalid packets ${invalid.join(', ')}`)
    expect(without.failed).toBeGreaterThan(0)
    expect(Math.max(...invalid)).toBeGreaterThan(0)
    for (const node of GATEWAYS) signalAgent(node, 'SIGCONT')
    for (const node of GATEWAYS)
      await expect.poll(() => sh(node, 'nft list chain inet damask transit')).toContain('notrack')
    await expectReady(lab)
    expect((await flowsBetweenMembers(60_000)).failed).toBe(0)
  })
})
