// Somebody breaks a node behind its agent's back: `damask trace --live` names the hop and the entry, and real packets agree with it.
import { beforeAll, describe, expect, it } from 'vitest'
import { killAgent, replaceAgent } from '../../src/lab/index.ts'
import { expectGolden } from '../golden/golden.ts'
import { damask, FOUR_CLOUDS } from './damask-process.ts'
import { labOfThisFile } from './lab-under-test.ts'

const lab = labOfThisFile()
/** From a site with vxlan, by its gateway, to the machine behind NAT. */
const [FROM, TO] = ['aws-2-a', 'home-1-b'] as const

beforeAll(async () => {
  for (const { name } of lab.record().layout.nodes) await killAgent(lab.record(), name)
})

async function live(...words: readonly string[]) {
  const { code, output, complaints } = await damask('trace', FROM, TO, lab.file, '--live', '--family', '4', ...words)
  expect(complaints).toBe('')
  return { code, output }
}

/** Of `-o json` what the tests ask for. */
async function summary() {
  const { code, output } = await live('-o', 'json')
  const [{ isSame, first, plan, live: machine }] = JSON.parse(output)
  const { differences = [], ...place } = first ?? {}
  return {
    code,
    isSame,
    place: first && place,
    differences: differences.map((one: { kind: string }) => one.kind),
    plan: plan.verdict.kind,
    machine: machine.verdict.kind,
  }
}

const arrives = async (): Promise<boolean> =>
  (await lab.run(FROM, 'ping', '-c', '3', '-i', '0.2', '-W', '2', lab.podAddress(TO, 4))).code === 0

type Break = {
  readonly what: string
  readonly node: string
  /** Run in the node by sh. */
  readonly by: string
  readonly at: { readonly direction: 'forth' | 'back'; readonly hop: number }
  readonly kind: 'missing' | 'other' | 'too-much'
  /** What is printed of it: the entry, and what the kernel has. */
  readonly entry: string | RegExp
  readonly kernel: string | RegExp
  /** Packets still arrive. */
  readonly isDelivered?: true
  /** And those of the same sizes as planned. */
  readonly isSame?: true
  /** The packet does not meet it. */
  readonly isUnmet?: true
  /** The end of what is printed, which docs/foresight.md shows. */
  readonly golden?: string
}

const peerWith = (prefix: string): string => `$(wg show damask-t1 allowed-ips | grep -F '${prefix}' | cut -f1)`

const BREAKS: readonly Break[] = [
  {
    what: 'a route of the gateway',
    node: 'aws-1',
    by: 'ip route del 10.42.7.0/24 table 218',
    at: { direction: 'forth', hop: 2 },
    kind: 'missing',
    entry: 'route 10.42.7.0/24 nhid',
    kernel: 'none',
    golden: 'trace-live.txt',
  },
  {
    what: 'a peer of the far side',
    node: 'home-1',
    by: `wg set damask-t1 peer ${peerWith('10.42.1.0/24')} remove`,
    at: { direction: 'forth', hop: 3 },
    kind: 'missing',
    entry: 'damask-t1 peer',
    kernel: 'none',
  },
  {
    what: 'an allowed IP, so that nothing is sent there',
    node: 'aws-1',
    by: `wg set damask-t1 peer ${peerWith('10.42.7.0/24')} allowed-ips fd42:42:0:7::/64`,
    at: { direction: 'forth', hop: 2 },
    kind: 'other',
    entry: 'damask-t1 peer',
    kernel: 'the peer without 10.42.7.0/24 among its allowed IPs',
  },
  {
    what: 'an allowed IP, so that nothing is taken from there',
    node: 'home-1',
    by: `wg set damask-t1 peer ${peerWith('10.42.1.0/24')} allowed-ips 10.42.1.0/24,fd42:42:0:1::/64,fd42:42:0:2::/63`,
    at: { direction: 'forth', hop: 3 },
    kind: 'other',
    entry: 'damask-t1 peer',
    kernel: 'the peer without 10.42.2.0/23 among its allowed IPs',
  },
  {
    what: 'a rule of the filter that the packet meets',
    node: 'aws-1',
    by: 'nft flush chain inet damask transit',
    at: { direction: 'forth', hop: 2 },
    kind: 'other',
    entry: 'table inet damask',
    kernel: /chain transit without .*notrack comment "transit is stateless"/,
    isDelivered: true,
    isSame: true,
  },
  {
    what: 'an element of a set that it does not meet',
    node: 'aws-1',
    by: 'nft delete element inet damask own4 { 10.42.1.0/24 }',
    at: { direction: 'forth', hop: 2 },
    kind: 'other',
    entry: 'table inet damask',
    kernel: 'set own4 without 10.42.1.0/24',
    isDelivered: true,
    isSame: true,
    isUnmet: true,
  },
  {
    what: 'a route too much',
    node: 'aws-2',
    by: 'ip route add unreachable 10.42.7.0/25 proto 218 table 218',
    at: { direction: 'forth', hop: 1 },
    kind: 'too-much',
    entry: 'none',
    kernel: 'route unreachable 10.42.7.0/25',
  },
  {
    what: 'a forwarding entry',
    node: 'aws-2',
    by: 'bridge fdb del 02:da:ac:1f:00:0b dev damask-vx',
    at: { direction: 'forth', hop: 1 },
    kind: 'missing',
    entry: 'fdb 02:da:ac:1f:00:0b',
    kernel: 'none',
  },
  {
    what: 'the rule that reads our table',
    node: 'aws-2',
    by: 'ip rule del preference 5000',
    at: { direction: 'forth', hop: 1 },
    kind: 'missing',
    entry: 'rule 5000:',
    kernel: 'none',
  },
  {
    what: 'forwarding',
    node: 'aws-1',
    by: 'sysctl -q -w net.ipv4.ip_forward=0',
    at: { direction: 'forth', hop: 2 },
    kind: 'other',
    entry: 'setting net.ipv4.ip_forward = 1',
    kernel: 'setting net.ipv4.ip_forward = 0',
  },
  {
    what: 'the route to the pod',
    node: 'home-1',
    by: 'ip route del 10.42.7.3 table 218',
    at: { direction: 'forth', hop: 3 },
    kind: 'missing',
    entry: 'route 10.42.7.3 dev dmk',
    kernel: 'none',
  },
  {
    what: 'a route of the way back',
    node: 'home-1',
    by: 'ip route del 10.42.2.0/23 table 218',
    at: { direction: 'back', hop: 1 },
    kind: 'missing',
    entry: 'route 10.42.2.0/23 nhid',
    kernel: 'none',
  },
  {
    what: 'the MTU of the tunnel',
    node: 'aws-1',
    by: 'ip link set damask-t1 mtu 1300',
    at: { direction: 'forth', hop: 2 },
    kind: 'other',
    entry: 'link damask-t1: <UP> mtu 1440',
    kernel: 'link damask-t1: <UP> mtu 1300',
    isDelivered: true,
  },
]

describe('damask trace --live', () => {
  it('finds plan and machine the same in a lab that nobody touched, and packets arrive', async () => {
    const { code, output } = await live()
    expect(output).toContain('\nplan and machine are the same at every hop\n')
    const [planned, running] = ['in the plan', 'on the machine'].map((where) => lineOf(output, where))
    expect(planned).toMatch(/^delivered, and so is the answer/)
    expect(running).toBe(planned)
    expect(code).toBe(0)
    expect(await arrives()).toBe(true)
  })

  describe.each(BREAKS)('where somebody changes $what', (broken) => {
    const { node, by, at, kind, entry, kernel, isDelivered = false, isSame = false, isUnmet = false, golden } = broken
    beforeAll(async () => {
      await lab.ask(node, 'sh', '-c', by)
    })

    it('says so, and packets do as it says', async () => {
      const { differences, ...found } = await summary()
      expect(found).toEqual({
        place: { node, ...at, isMet: !isUnmet },
        isSame,
        plan: 'delivered',
        machine: isDelivered ? 'delivered' : expect.not.stringMatching('delivered'),
        code: isSame ? 0 : 1,
      })
      expect(differences).toContain(kind)
      expect(await arrives()).toBe(isDelivered)
    })

    it('names the entry', async () => {
      const { output } = await live()
      const end = output.slice(output.indexOf('\nplan and machine') + 1)
      expect(end).toContain(
        `plan and machine differ${isUnmet ? '' : ' first'} at hop ${at.hop} of the way ${at.direction}, ${node}`,
      )
      expect(lineOf(output, 'the plan has')).toMatch(entry)
      expect(lineOf(output, 'the kernel has')).toMatch(kernel)
      if (golden !== undefined) expectGolden(golden, end)
    })

    it('finds nothing any more once an agent has put it back', async () => {
      replaceAgent(lab.record(), node)
      await expect
        .poll(summary, { timeout: 120_000, interval: 300 })
        .toMatchObject({ code: 0, isSame: true, place: undefined, machine: 'delivered' })
      await killAgent(lab.record(), node)
    })
  })

  it('says what to do where no such lab is up', async () => {
    const { code, complaints } = await damask('trace', FROM, TO, FOUR_CLOUDS, '--live')
    expect({ code, complaints }).toEqual({
      code: 2,
      complaints: expect.stringMatching(/^lab four-clouds is not up.*; start it: damask lab up .*four-clouds\.yaml\n$/),
    })
  })
})

const lineOf = (output: string, title: string): string =>
  output
    .split('\n')
    .find((line) => line.trimStart().startsWith(title))
    ?.replace(new RegExp(`^ *${title}:? *`), '') ?? `no line says ${title}`
