import { describe, expect, test } from 'vitest'
import { parsePrefix } from '../../model/index.ts'
import { judgeNode } from './judge-node.ts'
import type { NodeFacts, NodeWishes } from './node-facts.ts'

const GOOD: NodeFacts = {
  kernel: { release: '6.12.0', wireguard: 'kernel', hasTun: true, refused: [] },
  host: [],
  taken: [],
  hasDamask: false,
  kernelSockets: [],
  cni: [],
  drops: [],
  subnets: [{ link: 'eth0', address: '172.31.0.11', length: 20 }],
  routes: [{ to: '172.31.0.0/20', link: 'eth0' }],
}
const WISHES: NodeWishes & { readonly fabric?: string } = {
  root: '',
  podPrefixes: [parsePrefix('10.42.0.0/16')],
  servicePrefixes: [parsePrefix('10.43.0.0/16')],
  ports: [
    { protocol: 'udp', port: 51820, use: 'of the tunnels', isNeeded: true },
    { protocol: 'tcp', port: 9218, use: "of the agent's metrics", isNeeded: true },
    { protocol: 'tcp', port: 29219, use: 'of the probes of `damask check`', isNeeded: false },
  ],
  cniFolder: '/etc/cni/net.d',
}

/** `error kernel: …`, without what is good. */
const judged = (facts: Partial<NodeFacts>, wishes: Partial<typeof WISHES> = {}): readonly string[] =>
  judgeNode({ ...GOOD, ...facts }, { ...WISHES, ...wishes })
    .filter(({ severity }) => severity !== 'ok')
    .map(({ severity, topic, what }) => `${severity} ${topic}: ${what}`)

test('a machine that has all is told so, by topic', () => {
  expect(judgeNode(GOOD, WISHES).map(({ severity, topic, what }) => `${severity} ${topic}: ${what}`)).toEqual([
    'ok kernel: kernel 6.12.0: WireGuard, nftables, next hops, vxlan',
    'ok ports: free: UDP 51820, TCP 9218, TCP 29219',
    'ok plugins: no other network plugin is configured',
    'ok forwarding: no chain of others drops forwarded packets',
  ])
})

const udp = { protocol: 'udp', port: 51820 } as const

describe.each<[name: string, facts: Partial<NodeFacts>, wishes: Partial<typeof WISHES>, findings: readonly string[]]>([
  [
    'a kernel without WireGuard is slower with wireguard-go',
    { kernel: { ...GOOD.kernel, wireguard: 'program' } },
    {},
    ['warning kernel: the kernel 6.12.0 has no WireGuard: wireguard-go takes its place, which is several times slower'],
  ],
  [
    'and without a TUN device there is nothing',
    { kernel: { ...GOOD.kernel, wireguard: 'none', hasTun: false } },
    {},
    ['error kernel: the kernel 6.12.0 has no WireGuard, and no /dev/net/tun for wireguard-go'],
  ],
  [
    'vxlan is missed only by the fabric that wants it',
    { kernel: { ...GOOD.kernel, refused: [{ feature: 'vxlan', said: 'EOPNOTSUPP' }] } },
    {},
    [],
  ],
  [
    'and then it stands in the way',
    { kernel: { ...GOOD.kernel, refused: [{ feature: 'vxlan', said: 'EOPNOTSUPP' }] } },
    { fabric: 'vxlan' },
    ['error kernel: the kernel has no vxlan: EOPNOTSUPP'],
  ],
  [
    'nftables is missed by all',
    { kernel: { ...GOOD.kernel, refused: [{ feature: 'nftables', said: 'EPERM' }] } },
    {},
    ['error kernel: the kernel has no nftables: EPERM'],
  ],
  [
    'who may not try says so',
    { kernel: { release: '6.12.0', hasTun: true, refused: [], untried: 'EPERM' } },
    {},
    ['warning kernel: the features of kernel 6.12.0 could not be tried: EPERM'],
  ],
  [
    'the port of the tunnels is needed',
    { taken: [{ ...udp, program: 'openvpn', commandLine: 'openvpn --port 51820' }] },
    {},
    ['error ports: UDP port 51820, of the tunnels, is taken by openvpn'],
  ],
  [
    'so is that of metrics, by which the kubelet sees the agent',
    { taken: [{ protocol: 'tcp', port: 9218, program: 'exporter', commandLine: 'exporter' }] },
    {},
    ["error ports: TCP port 9218, of the agent's metrics, is taken by exporter"],
  ],
  [
    'that of our own probes is not',
    { taken: [{ protocol: 'tcp', port: 29219, program: 'x', commandLine: 'x' }] },
    {},
    ['warning ports: TCP port 29219, of the probes of `damask check`, is taken by x'],
  ],
  [
    'a socket of the kernel is that of a link of somebody',
    { taken: [udp], kernelSockets: ['wg0 (wireguard)'] },
    {},
    ['error ports: UDP port 51820, of the tunnels, is taken by the kernel, for wg0 (wireguard)'],
  ],
  ['what Damask holds itself is no trouble: in the kernel', { taken: [udp], hasDamask: true }, {}, []],
  [
    'nor by a program',
    { taken: [{ ...udp, program: 'wireguard-go', commandLine: 'wireguard-go -f damask-t1' }], hasDamask: true },
    {},
    [],
  ],
  [
    'the configuration of another plugin comes before ours',
    { cni: [{ file: '10-calico.conflist', plugins: ['calico', 'portmap'] }] },
    {},
    ['error plugins: the container runtime is configured for another network plugin: 10-calico.conflist (calico)'],
  ],
  [
    'but for the fabric none it must be there',
    { cni: [{ file: '10-calico.conflist', plugins: ['calico'] }] },
    { fabric: 'none' },
    [],
  ],
  [
    'and is missed where it is not',
    {},
    { fabric: 'none' },
    ['error plugins: no network plugin is configured, and with --fabric none Damask gives pods no link'],
  ],
  [
    'a filter of iptables-legacy that cannot be read may drop what is forwarded',
    { legacyError: 'EPERM' },
    {},
    ['warning forwarding: tables of iptables-legacy could not be read: EPERM'],
  ],
  [
    'where it is read, an agent has nothing to add',
    { host: [{ type: 'LegacyFilter', severity: 'warning', message: 'legacy iptables has a filter table here; look' }] },
    {},
    [],
  ],
  [
    "a subnet of the machine's meets the pods",
    { subnets: [{ link: 'eth1', address: '10.42.7.1', length: 24 }] },
    {},
    ['error ranges: the range 10.42.0.0/16 of pods meets the subnet 10.42.7.0/24 of eth1'],
  ],
  [
    'a subnet that holds the services is one too',
    { subnets: [{ link: 'eth0', address: '10.43.255.9', length: 9 }] },
    { podPrefixes: [] },
    ['error ranges: the range 10.43.0.0/16 of services meets the subnet 10.0.0.0/9 of eth0'],
  ],
  [
    "a plugin's bridge goes with its plugin",
    { subnets: [{ link: 'cni0', address: '10.42.0.1', length: 24 }] },
    {},
    ['warning ranges: the range 10.42.0.0/16 of pods meets the subnet 10.42.0.0/24 of cni0'],
  ],
  [
    'a route of a VPN meets the pods',
    { routes: [{ to: '10.0.0.0/8', link: 'tun0' }] },
    { servicePrefixes: [] },
    ['warning ranges: a route to 10.0.0.0/8 over tun0 meets the range 10.42.0.0/16 of pods'],
  ],
  [
    'what an agent finds of its host is said as the agent says it',
    { host: [{ type: 'HostManager', severity: 'warning', message: 'NetworkManager is running; put a file there' }] },
    {},
    ['warning host: NetworkManager is running'],
  ],
])('%s', (_, facts, wishes, findings) => {
  test(findings[0] ?? 'nothing is said', () => expect(judged(facts, wishes)).toEqual(findings))
})

test.each([
  [
    'Docker',
    'ip filter FORWARD',
    'iptables -I DOCKER-USER -s 10.42.0.0/16 -j ACCEPT; iptables -I DOCKER-USER -d 10.42.0.0/16 -j ACCEPT',
  ],
  [
    'firewalld',
    'inet firewalld filter_FORWARD',
    'firewall-cmd --permanent --zone=trusted --add-source=10.42.0.0/16; firewall-cmd --reload',
  ],
  ['ufw', 'ip filter FORWARD', 'ufw route allow from 10.42.0.0/16; ufw route allow to 10.42.0.0/16'],
  [
    'somebody',
    'ip filter FORWARD',
    'iptables -I FORWARD -s 10.42.0.0/16 -j ACCEPT; iptables -I FORWARD -d 10.42.0.0/16 -j ACCEPT',
  ],
  [
    'somebody',
    'inet own forward',
    'nft insert rule inet own forward ip saddr 10.42.0.0/16 accept, and the same with daddr',
  ],
] as const)('what %s drops in %s is let through by commands that can be copied', (owner, chain, advice) => {
  const drops = [{ chain, owner, refused: ['10.42.0.0/16'] }]
  const finding = judgeNode({ ...GOOD, drops }, WISHES).find(({ topic }) => topic === 'forwarding')
  expect(finding).toMatchObject({ severity: 'error', advice })
})

test('what iptables-legacy drops is let through by iptables-legacy', () => {
  const refused = ['10.42.0.0/16', 'fd42:42::/56']
  const drops = [{ chain: 'ip filter FORWARD', owner: 'Docker', refused, isLegacy: true }] as const
  expect(judgeNode({ ...GOOD, drops }, WISHES).find(({ topic }) => topic === 'forwarding')).toEqual({
    severity: 'error',
    topic: 'forwarding',
    what: 'the chain ip filter FORWARD of iptables-legacy (Docker) drops forwarded packets, and lets none of pods through',
    advice: [
      'iptables-legacy -I DOCKER-USER -s 10.42.0.0/16 -j ACCEPT',
      'iptables-legacy -I DOCKER-USER -d 10.42.0.0/16 -j ACCEPT',
      'ip6tables-legacy -I DOCKER-USER -s fd42:42::/56 -j ACCEPT',
      'ip6tables-legacy -I DOCKER-USER -d fd42:42::/56 -j ACCEPT',
    ].join('; '),
  })
})
