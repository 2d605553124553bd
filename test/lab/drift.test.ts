// Somebody takes away, in a node, what is ours: it comes back, what is theirs stays, and the traffic goes on.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { labOfThisFile } from './lab-under-test.ts'
import { NODE_PICTURE } from './node-picture.ts'
import { describePings, startPings } from './ping-stream.ts'

const lab = labOfThisFile()
const sh = (place: string, command: string): Promise<string> => lab.ask(place, 'sh', '-c', command)
const picture = (place: string): Promise<string> => sh(place, NODE_PICTURE)

const measured: string[] = []
afterAll(() => console.log(measured.join('\n')))

/** As other programs on the host would have put it there. */
const FOREIGN = `
set -e
ip route add 198.18.77.0/24 via 172.31.0.1 protocol static table 218
ip -6 route add unreachable 2001:db8:77::/48 protocol static table 218
ip route add unreachable 198.18.78.0/24 protocol static table 219
ip rule add preference 4321 to 198.18.79.0/24 lookup 77
ip -6 rule add preference 5003 to 2001:db8:79::/48 lookup 77
ip nexthop add id 77 via 172.31.0.1 dev eth0
ip link add foreign0 type bridge
ip link add damask-other type bridge
ip address add 172.31.9.9/32 dev eth0
ip address add 2001:db8:9::9/128 dev eth0 nodad
nft -f - <<'NFT'
table inet foreign {
  set addresses { type ipv4_addr; elements = { 198.18.80.1 } }
  chain input {
    type filter hook input priority 10
    ip saddr @addresses counter accept
  }
}
table ip damask-other {
  chain empty { }
}
NFT
`

type Drift = {
  readonly what: string
  /** Run in the node by sh. */
  readonly by: string
  /** How the agent's own list of drift names it. */
  readonly entry: string
}

/** Changes that the kernel announces. */
const ANNOUNCED: readonly Drift[] = [
  { what: 'an IPv4 route', by: 'ip route del 10.42.6.0/24 table 218', entry: 'route 218 10.42.6.0/24' },
  { what: 'an IPv6 route', by: 'ip -6 route del fd42:42:0:6::/64 table 218', entry: 'route 218 fd42:42:0:6::/64' },
  { what: 'a route to a pod', by: 'ip route del 10.42.1.2 table 218', entry: 'route 218 10.42.1.2/32' },
  { what: 'an IPv4 guard', by: 'ip route del unreachable 10.42.0.0/16 table 219', entry: 'route 219 10.42.0.0/16' },
  { what: 'an IPv6 guard', by: 'ip -6 route del unreachable fd42:42::/48 table 219', entry: 'route 219 fd42:42::/48' },
  {
    what: 'both tables',
    by: 'ip route flush table 218 protocol 218; ip -6 route flush table 219',
    entry: 'route 219 fd42:42::/48',
  },
  { what: 'an IPv4 rule', by: 'ip rule del preference 5000', entry: 'rule 4 5000' },
  { what: 'an IPv6 rule', by: 'ip -6 rule del preference 5002', entry: 'rule 6 5002' },
  {
    what: 'a next hop over vxlan',
    by: 'ip nexthop del id $(ip nexthop | sed -n "s/^id \\([0-9]*\\) via .* damask-vx .*/\\1/p" | head -1)',
    entry: 'next-hop ',
  },
  { what: 'the next hop of a tunnel', by: `ip nexthop del id ${0xda000001}`, entry: `next-hop ${0xda000001}` },
  {
    what: 'a next-hop group',
    by: 'ip nexthop del id $(ip nexthop | sed -n "s/^id \\([0-9]*\\) group .*/\\1/p" | head -1)',
    entry: 'next-hop-group ',
  },
  { what: 'a neighbour over vxlan', by: 'ip neighbour del fe80::ac1f:c dev damask-vx', entry: 'neighbour ' },
  {
    what: 'the neighbour that a pod is',
    by: 'ip neighbour del 10.42.1.2 dev $(ip -o route get 10.42.1.2 | sed "s/.* dev \\([^ ]*\\) .*/\\1/")',
    entry: 'neighbour ',
  },
  { what: 'a forwarding entry', by: 'bridge fdb del 02:da:ac:1f:00:0c dev damask-vx', entry: 'fdb ' },
  {
    what: 'an IPv4 address of damask0',
    by: 'ip address del 10.42.1.1/32 dev damask0',
    entry: 'address damask0 10.42.1.1',
  },
  {
    what: 'an IPv6 address of the tunnel',
    by: 'ip address del fd42:42:0:1::1/128 dev damask-t1',
    entry: 'address damask-t1 fd42:42:0:1::1',
  },
  {
    what: 'the IPv4 address of the tunnel',
    by: 'ip address del 10.42.1.1/32 dev damask-t1',
    entry: 'address damask-t1 10.42.1.1',
  },
  {
    what: 'a rule of the filter',
    by: 'nft delete rule inet damask leak handle $(nft -a list chain inet damask leak | sed -n "s/.*# handle //p" | tail -1)',
    entry: 'filter-table ',
  },
  { what: 'an element of a set', by: 'nft delete element inet damask own4 { 10.42.1.0/24 }', entry: 'filter-table ' },
  { what: 'the whole filter', by: 'nft delete table inet damask', entry: 'filter-table ' },
  { what: 'all of nftables that is ours, by a flush', by: 'nft flush table inet damask', entry: 'filter-table ' },
  { what: 'damask0', by: 'ip link del damask0', entry: 'link damask0' },
  { what: 'damask-vx', by: 'ip link del damask-vx', entry: 'link damask-vx' },
  { what: 'a link that is set down', by: 'ip link set damask-vx down', entry: 'link damask-vx' },
  { what: 'the MTU of a link', by: 'ip link set damask-t1 mtu 1300', entry: 'link damask-t1' },
  { what: 'the tunnel', by: 'ip link del damask-t1', entry: 'link damask-t1' },
  { what: 'forwarding of IPv4', by: 'sysctl -q -w net.ipv4.ip_forward=0', entry: 'sysctl net/ipv4/ip_forward' },
  {
    what: 'forwarding of IPv6',
    by: 'sysctl -q -w net.ipv6.conf.all.forwarding=0',
    entry: 'sysctl net/ipv6/conf/all/forwarding',
  },
  {
    what: 'rp_filter of the tunnel',
    by: 'sysctl -q -w net.ipv4.conf.damask-t1.rp_filter=1',
    entry: 'sysctl net/ipv4/conf/damask-t1/rp_filter',
  },
  {
    what: 'rp_filter of the underlay',
    by: 'sysctl -q -w net.ipv4.conf.eth0.rp_filter=1',
    entry: 'sysctl net/ipv4/conf/eth0/rp_filter',
  },
]

/** The kernel is silent on these: they are read again every 5 s. */
const SILENT: readonly Drift[] = [
  {
    what: 'a WireGuard peer',
    by: 'wg set damask-t1 peer $(wg show damask-t1 peers | head -1) remove',
    entry: 'wireguard-peer damask-t1 ',
  },
  {
    what: 'the allowed addresses of a peer',
    by: 'wg set damask-t1 peer $(wg show damask-t1 peers | head -1) allowed-ips 192.0.2.0/24',
    entry: 'wireguard-peer damask-t1 ',
  },
  {
    what: 'the port of the tunnel',
    by: 'wg set damask-t1 listen-port 51999',
    entry: 'wireguard-device damask-t1',
  },
  {
    what: 'how flows share next hops',
    by: 'sysctl -q -w net.ipv4.fib_multipath_hash_policy=0',
    entry: 'sysctl net/ipv4/fib_multipath_hash_policy',
  },
]

describe('what somebody takes away in a gateway', () => {
  let whole: string
  beforeAll(async () => {
    await sh('aws-1', FOREIGN)
    whole = await untilStill('aws-1')
  })

  it.each([...ANNOUNCED, ...SILENT])('comes back, and nothing else changes: $what', async ({ what, by, entry }) => {
    const [before, start] = [(await lab.status('aws-1')).drift, performance.now()]
    await sh('aws-1', by)
    const seconds = await untilSame('aws-1', whole, start)
    // The agent writes its report at the end of the round, and may need another to find nothing wrong.
    const report = async () => {
      const { drift, failures } = await lab.status('aws-1')
      const fresh = drift.latest.slice(0, drift.total - before.total)
      return { fresh: fresh.map((one) => one.entry), failures }
    }
    await expect.poll(report, { timeout: LIMIT_SECONDS * 1000 }).toEqual({
      fresh: expect.arrayContaining([expect.stringContaining(entry)]),
      failures: [],
    })
    measured.push(`${what}: back after ${Math.round(seconds * 1000)} ms`)
  })

  it('is what the list of foreign things is seen in', async () => {
    const foreign = [
      '198.18.77.0/24',
      '2001:db8:77::/48',
      '198.18.78.0/24',
      '4321:',
      '5003:',
      'id 77 ',
      'foreign0',
      'damask-other',
      '172.31.9.9',
      '2001:db8:9::9',
      'table inet foreign',
      'table ip damask-other',
    ]
    for (const one of foreign) expect(whole).toContain(one)
    await untilSame('aws-1', whole, performance.now())
  })
})

/** How fast is measured, and printed. */
const LIMIT_SECONDS = 120

/** Seconds from `start` until the node looks as it did. */
async function untilSame(place: string, whole: string, start: number): Promise<number> {
  for (;;) {
    const now = await picture(place)
    const seconds = (performance.now() - start) / 1000
    if (now === whole) return seconds
    if (seconds > LIMIT_SECONDS) expect(now).toBe(whole)
    await sleep(10)
  }
}

/** What the node looks like once it has not changed for a second. */
async function untilStill(place: string): Promise<string> {
  for (let before = await picture(place); ; ) {
    await sleep(1000)
    const now = await picture(place)
    if (now === before) return now
    before = now
  }
}

describe('a tunnel device that was deleted', () => {
  it.each([
    ['of a gateway with an endpoint', 'aws-1'],
    ['of the machine behind NAT', 'home-1'],
  ])('%s carries traffic again at once, both ways, also to the machine behind NAT', async (_, place) => {
    const streams = PAIRS.map(([from, to, family]) =>
      startPings(`${place}: ${from} to ${to}, IPv${family}`, lab.podNamespace(from), lab.podAddress(to, family), 100),
    )
    await Promise.all(streams.map(({ flows }) => flows))
    const before = await untilStill(place)
    const start = performance.now()
    await lab.ask(place, 'ip', 'link', 'del', 'damask-t1')
    const seconds = await untilSame(place, before, start)
    const answered = streams.map((stream) => stream.answered())
    const flowsAgain = (): boolean => streams.every((stream, index) => stream.answered() > (answered[index] ?? 0) + 10)
    await expect.poll(flowsAgain, { timeout: LIMIT_SECONDS * 1000 }).toBe(true)
    const reports = await Promise.all(streams.map(({ stop }) => stop()))
    measured.push(`${place}: damask-t1 back after ${Math.round(seconds * 1000)} ms`, ...reports.map(describePings))
    for (const report of reports)
      expect(report.longestGapMilliseconds, describePings(report)).toBeLessThan(DEAD_SESSION_MILLISECONDS)
  })
})

/** WireGuard alone gives up a session after this long without an answer (KEEPALIVE_TIMEOUT + REKEY_TIMEOUT). */
const DEAD_SESSION_MILLISECONDS = 15_000

const PAIRS = [
  ['aws-1-a', 'home-1-a', 4],
  ['home-1-a', 'aws-1-a', 4],
  ['aws-1-b', 'home-1-b', 6],
  ['home-1-b', 'aws-3-a', 6],
  ['aws-2-a', 'home-1-b', 4],
] as const
