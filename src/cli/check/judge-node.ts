// What a machine's facts mean for Damask. Pure: facts in, findings out.
import { formatPrefix, overlaps, type Prefix, parsePrefix, prefixOf, tryAddress } from '../../model/index.ts'
import type { Finding } from './finding.ts'
import type { ForwardDrop } from './forward-chains.ts'
import type { Feature } from './kernel-features.ts'
import type { NodeFacts, NodeWishes, WantedPort } from './node-facts.ts'
import type { TakenPort } from './taken-ports.ts'

/** Without what is said of the API server, which needs to know the cluster: judge-server.ts. */
export const judgeNode = (facts: NodeFacts, wishes: NodeWishes & { readonly fabric?: string }): readonly Finding[] => [
  ...orGood(judgeKernel(facts, wishes.fabric), { severity: 'ok', topic: 'kernel', what: kernelText(facts) }),
  ...orGood(judgePorts(facts, wishes), { severity: 'ok', topic: 'ports', what: `free: ${portsText(wishes)}` }),
  ...judgePlugins(facts, wishes.fabric),
  ...orGood(facts.drops.map(judgeDrop).concat(judgeFilter(facts)), {
    severity: 'ok',
    topic: 'forwarding',
    what: 'no chain of others drops forwarded packets',
  }),
  ...judgeHost(facts),
  ...judgeRanges(facts, wishes),
]

const orGood = (bad: readonly Finding[], good: Finding): readonly Finding[] => (bad.length === 0 ? [good] : bad)

const MODULES: Readonly<Record<Feature, string>> = {
  vxlan: 'vxlan',
  ipip: 'ipip',
  veth: 'veth',
  nftables: 'nf_tables',
  'next hops': 'nexthop',
}
/** Without which nothing works; the others only where the fabric wants them. */
const ALWAYS: readonly Feature[] = ['veth', 'nftables', 'next hops']

function judgeKernel({ kernel }: NodeFacts, fabric = 'direct'): readonly Finding[] {
  const { release, wireguard, hasTun, refused, untried } = kernel
  if (untried !== undefined)
    return [
      {
        severity: 'warning',
        topic: 'kernel',
        what: `the features of kernel ${release} could not be tried: ${untried}`,
        advice: 'run this as root, with CAP_SYS_ADMIN and CAP_NET_ADMIN',
      },
    ]
  const lacks = refused
    .filter(({ feature }) => ALWAYS.includes(feature) || feature === fabric)
    .map(
      ({ feature, said }): Finding => ({
        severity: 'error',
        topic: 'kernel',
        what: `the kernel has no ${feature}: ${said}`,
        advice: ALWAYS.includes(feature)
          ? `load the module ${MODULES[feature]} (modprobe ${MODULES[feature]}), or install the kernel package that has it`
          : `load the module ${MODULES[feature]} (modprobe ${MODULES[feature]}), or take another --fabric`,
      }),
    )
  if (wireguard === 'none')
    return [
      ...lacks,
      {
        severity: 'error',
        topic: 'kernel',
        what: `the kernel ${release} has no WireGuard, and no /dev/net/tun for wireguard-go`,
        advice:
          'load the module wireguard or the module tun (modprobe wireguard), or install the kernel package that has them',
      },
    ]
  if (wireguard === 'program')
    return [
      ...lacks,
      {
        severity: 'warning',
        topic: 'kernel',
        what: `the kernel ${release} has no WireGuard: wireguard-go takes its place, which is several times slower${hasTun ? '' : ' and needs /dev/net/tun'}`,
        advice:
          'load the module wireguard (modprobe wireguard), or install the kernel package that has it, where speed matters',
      },
    ]
  return lacks
}

const kernelText = ({ kernel }: NodeFacts): string =>
  `kernel ${kernel.release}: WireGuard, nftables, next hops${kernel.refused.some(({ feature }) => feature === 'vxlan') ? '' : ', vxlan'}`

function judgePorts(facts: NodeFacts, { ports }: NodeWishes): readonly Finding[] {
  return facts.taken.flatMap((taken): Finding[] => {
    const wanted = ports.find(({ protocol, port }) => protocol === taken.protocol && port === taken.port)
    if (wanted === undefined || isOurs(taken, facts)) return []
    const holder = taken.program ?? holderInKernel(facts)
    const name = `${taken.protocol.toUpperCase()} port ${taken.port}`
    return [
      {
        severity: wanted.isNeeded ? 'error' : 'warning',
        topic: 'ports',
        what: `${name}, ${wanted.use}, is taken by ${holder}`,
        advice: `stop ${holder}, or ${insteadOf(wanted)}`,
      },
    ]
  })
}

const insteadOf = ({ protocol, isNeeded }: WantedPort): string => {
  if (!isNeeded) return 'let it listen elsewhere'
  return protocol === 'udp'
    ? 'give the node another port by its annotation damask.dev/endpoint'
    : 'install with another --metrics-port'
}

const isOurs = ({ program, commandLine = '' }: TakenPort, { hasDamask, kernelSockets }: NodeFacts): boolean =>
  program === undefined ? hasDamask && kernelSockets.length === 0 : /\bdamask/.test(commandLine)

const holderInKernel = ({ kernelSockets }: NodeFacts): string =>
  kernelSockets.length === 0 ? 'a process that is not seen from here' : `the kernel, for ${kernelSockets.join(' or ')}`

const portsText = ({ ports }: NodeWishes): string =>
  ports.map(({ protocol, port }) => `${protocol.toUpperCase()} ${port}`).join(', ')

function judgePlugins({ cni }: NodeFacts, fabric?: string): readonly Finding[] {
  if (cni.length === 0)
    return fabric === 'none'
      ? [
          {
            severity: 'error',
            topic: 'plugins',
            what: 'no network plugin is configured, and with --fabric none Damask gives pods no link',
            advice: 'install the plugin that carries pods inside a site, or take another --fabric',
          },
        ]
      : [{ severity: 'ok', topic: 'plugins', what: 'no other network plugin is configured' }]
  const files = cni.map(({ file, plugins }) => `${file}${plugins[0] === undefined ? '' : ` (${plugins[0]})`}`)
  if (fabric === 'none')
    return [
      {
        severity: 'ok',
        topic: 'plugins',
        what: `${files.join(', ')} give pods their links, as --fabric none wants it`,
      },
    ]
  return [
    {
      severity: 'error',
      topic: 'plugins',
      what: `the container runtime is configured for another network plugin: ${files.join(', ')}`,
      advice:
        'take that plugin out of the cluster and remove its file from /etc/cni/net.d, or keep it and install with --fabric none',
    },
  ]
}

function judgeDrop({ chain, owner, refused, isLegacy }: ForwardDrop): Finding {
  const pods = refused.length === 0 ? ['POD_PREFIX'] : refused
  const whose = `${isLegacy ? ' of iptables-legacy' : ''}${owner === 'somebody' ? '' : ` (${owner})`}`
  return {
    severity: 'error',
    topic: 'forwarding',
    what: `the chain ${chain}${whose} drops forwarded packets, and lets none of pods through`,
    advice: isLegacy
      ? ADVICE[owner](pods, chain).replaceAll(/\b(ip6?tables) /g, '$1-legacy ')
      : ADVICE[owner](pods, chain),
  }
}

const each = (prefixes: readonly string[], write: (prefix: string, tool: string) => string): string =>
  prefixes.map((prefix) => write(prefix, prefix.includes(':') ? 'ip6tables' : 'iptables')).join('; ')

const ADVICE: Readonly<Record<ForwardDrop['owner'], (pods: readonly string[], chain: string) => string>> = {
  Docker: (pods) =>
    each(pods, (pod, tool) => `${tool} -I DOCKER-USER -s ${pod} -j ACCEPT; ${tool} -I DOCKER-USER -d ${pod} -j ACCEPT`),
  firewalld: (pods) =>
    `${each(pods, (pod) => `firewall-cmd --permanent --zone=trusted --add-source=${pod}`)}; firewall-cmd --reload`,
  ufw: (pods) => each(pods, (pod) => `ufw route allow from ${pod}; ufw route allow to ${pod}`),
  somebody: (pods, chain) =>
    chain.includes('FORWARD')
      ? each(pods, (pod, tool) => `${tool} -I FORWARD -s ${pod} -j ACCEPT; ${tool} -I FORWARD -d ${pod} -j ACCEPT`)
      : each(
          pods,
          (pod) =>
            `nft insert rule ${chain} ${pod.includes(':') ? 'ip6' : 'ip'} saddr ${pod} accept, and the same with daddr`,
        ),
}

const judgeFilter = ({ filterError, legacyError }: NodeFacts): readonly Finding[] => [
  ...(filterError === undefined
    ? []
    : [
        {
          severity: 'warning',
          topic: 'forwarding',
          what: `the packet filter could not be read: ${filterError}`,
          advice: 'run this as root',
        } as const,
      ]),
  ...(legacyError === undefined
    ? []
    : [
        {
          severity: 'warning',
          topic: 'forwarding',
          what: `tables of iptables-legacy could not be read: ${legacyError}`,
          advice:
            'run this as root; or look for a policy DROP of FORWARD in `iptables-legacy-save -t filter` and `ip6tables-legacy-save -t filter`',
        } as const,
      ]),
]

/** The kernel's age, IPv6, managers that take away what is not theirs: as an agent says it at its start. */
const judgeHost = ({ host }: NodeFacts): readonly Finding[] =>
  host.filter(isNewHere).map(({ severity, message }): Finding => {
    const cut = message.indexOf('; ')
    return cut < 0
      ? { severity, topic: 'host', what: message }
      : { severity, topic: 'host', what: message.slice(0, cut), advice: message.slice(cut + 2) }
  })

/** An agent knows that there is such a filter, and here it is read. */
const isNewHere = ({ type }: NodeFacts['host'][number]): boolean => type !== 'LegacyFilter'

function judgeRanges(facts: NodeFacts, { podPrefixes, servicePrefixes }: NodeWishes): readonly Finding[] {
  const ranges = [
    ...podPrefixes.map((prefix) => ({ prefix, of: 'pods', option: '--pod-network-cidr / --cluster-cidr' })),
    ...servicePrefixes.map((prefix) => ({ prefix, of: 'services', option: '--service-cidr' })),
  ]
  return ranges.flatMap(({ prefix, of, option }) => {
    const subnets = facts.subnets.filter(({ address, length }) => meets(prefix, tryMasked(address, length)))
    if (subnets.length > 0)
      return subnets.map(
        ({ link, address, length }): Finding => ({
          severity: isOfPlugin(link, facts) ? 'warning' : 'error',
          topic: 'ranges',
          what: `the range ${formatPrefix(prefix)} of ${of} meets the subnet ${formatPrefix(tryMasked(address, length) ?? prefix)} of ${link}`,
          advice: isOfPlugin(link, facts)
            ? `${link} seems to be another network plugin's; it goes with that (ip link delete ${link})`
            : `make the cluster with another range of ${of} (${option}), or renumber that network`,
        }),
      )
    return facts.routes
      .filter(({ to }) => meets(prefix, parsePrefix(to)))
      .map(
        ({ to, link }): Finding => ({
          severity: 'warning',
          topic: 'ranges',
          what: `a route to ${to} over ${link} meets the range ${formatPrefix(prefix)} of ${of}`,
          advice:
            'it is passed over by the routes of Damask; if it is a VPN that is to stay reachable, take another range',
        }),
      )
  })
}

const tryMasked = (text: string, length: number): Prefix | undefined => {
  const address = tryAddress(text)
  return address && prefixOf(address, length)
}

const meets = (one: Prefix, other: Prefix | undefined): boolean =>
  other !== undefined && one.family === other.family && overlaps(one, other)

/** Bridges and tunnels that plugins leave behind. */
const isOfPlugin = (link: string, { cni }: NodeFacts): boolean =>
  /^(cni|flannel|cali|cilium|kube-bridge|kilo|weave|vxlan\.calico|tunl)/.test(link) ||
  (cni.length > 0 && link.startsWith('veth'))
