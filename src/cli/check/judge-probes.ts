// What probes that did not come back mean: who does not reach whom, and the most probable reason. Pure.
import type { AgentState } from './agent-states.ts'
import type { Finding, Topic } from './finding.ts'
import { someOf } from './finding-text.ts'
import type { Probe, ProbeFailure, ProbePlan, ProbeReport } from './probe-plan.ts'

export type NodeProbes = { readonly node: string; readonly report: ProbeReport }

export type ProbeContext = {
  readonly plan: ProbePlan
  readonly agents: ReadonlyMap<string, AgentState>
}

const PAIR_PROBES: readonly Probe[] = ['tcp', 'source', 'udp', 'udp-full']

export const isOfPair = ({ probe }: ProbeFailure): boolean => PAIR_PROBES.includes(probe)

export function judgeProbes(probes: readonly NodeProbes[], context: ProbeContext): readonly Finding[] {
  const failures = probes.flatMap(({ node, report }) => report.failures.map((one) => ({ from: node, ...one })))
  const pairs = failures.filter(isOfPair)
  return [
    ...judgePairs(pairs, probes, context),
    ...judgeOthers(
      failures.filter((one) => !isOfPair(one)),
      probes,
      context,
    ),
  ]
}

type Failure = ProbeFailure & { readonly from: string }

function judgePairs(
  failures: readonly Failure[],
  probes: readonly NodeProbes[],
  context: ProbeContext,
): readonly Finding[] {
  const { plan } = context
  if (failures.length === 0) {
    const tried = probes.length * plan.pods.length
    const families = new Set(
      plan.pods.flatMap(({ addresses }) => addresses.map((address) => (address.includes(':') ? 6 : 4))),
    )
    return tried === 0
      ? []
      : [
          {
            severity: 'ok',
            topic: 'pods',
            what: `${tried} of ${tried} pairs of pods reach each other by TCP and UDP, up to full size, over ${[
              ...families,
            ]
              .sort()
              .map((family) => `IPv${family}`)
              .join(' and ')}`,
          },
        ]
  }
  // What failed between the two, as one word, by pair; then pairs with the same word and cause together.
  const byPair = new Map<string, Failure[]>()
  for (const failure of failures) {
    const key = JSON.stringify([failure.from, failure.to])
    byPair.set(key, [...(byPair.get(key) ?? []), failure])
  }
  const bySender = new Map<string, { readonly finding: Finding; readonly from: string; readonly to: Set<string> }>()
  for (const those of byPair.values()) {
    const [{ from, to } = { from: '', to: '' }] = those
    const finding = judgePair(those, context)
    const key = JSON.stringify([from, finding])
    const before = bySender.get(key) ?? { finding, from, to: new Set() }
    bySender.set(key, { ...before, to: before.to.add(to) })
  }
  return [...bySender.values()].map(({ finding, from, to }) => ({
    ...finding,
    what: finding.what.replace('{to}', someOf([...to].sort())),
    nodes: [from],
  }))
}

/** `{to}` stands for whom it does not reach. */
function judgePair(failures: readonly Failure[], { agents, plan }: ProbeContext): Finding {
  const [{ from, to } = { from: '', to: '' }] = failures
  const families = [...new Set(failures.map(({ family }) => family))].sort().map((family) => `IPv${family}`)
  const over = families.length === familiesOf(plan, to) ? '' : ` over ${families.join(' and ')}`
  const said = [...new Set(failures.map(({ reason }) => reason))].join('; ')
  const has = (probe: Probe): boolean => failures.some((one) => one.probe === probe)
  const error = (what: string, advice: string): Finding => ({ severity: 'error', topic: 'pods', what, advice })
  if (!has('tcp') && !has('udp')) {
    if (has('udp-full'))
      return error(
        `packets of full size do not reach pods of {to}${over}, smaller ones do`,
        'a link between them takes less than the network thinks, and does not say so: lower spec.mtu of the Network, or let ICMP through (type 3 code 4, ICMPv6 type 2)',
      )
    return {
      severity: 'warning',
      topic: 'pods',
      what: `pods of {to} do not see who asks${over}: ${said}`,
      advice:
        'somebody masquerades what is between pods: give kube-proxy (--cluster-cidr), Docker or the firewall the whole range of pods',
    }
  }
  const protocols = has('tcp') && has('udp') ? '' : has('tcp') ? ' by TCP' : ' by UDP'
  const what = `pods do not reach pods of {to}${protocols}${over}: ${said}`
  return error(what, reasonOf(from, to, agents))
}

const familiesOf = ({ pods }: ProbePlan, node: string): number =>
  pods.find((pod) => pod.node === node)?.addresses.length ?? 0

function reasonOf(from: string, to: string, agents: ReadonlyMap<string, AgentState>): string {
  const [near, far] = [agents.get(from), agents.get(to)]
  for (const [name, agent] of [
    [from, near],
    [to, far],
  ] as const)
    if (agent !== undefined && !agent.isReady)
      return `the agent of ${name} is not ready: ${agent.reason ?? 'it does not say why'}`
  if (from === to)
    return 'both pods are on one node: is there a packet filter that drops what is forwarded (`damask check --before`)?'
  if (near?.site === undefined || far?.site === undefined)
    return 'look at the network plugin, and at packet filters on the way'
  if (near.site === far.site)
    return `both are of site ${near.site}: where its network lets through only addresses that it knows (source/destination check), take --fabric vxlan; else a packet filter drops it`
  const gateways = [...agents].filter(
    ([, { site, isGateway }]) => isGateway && (site === near.site || site === far.site),
  )
  const silent = gateways.filter(([, { hasHandshake }]) => !hasHandshake).map(([name]) => name)
  if (silent.length > 0)
    return `no handshake of WireGuard came about with ${someOf(silent)}: open the UDP port of its endpoint${endpointsOf(silent, agents)} in the firewall of its cloud`
  return `sites ${near.site} and ${far.site} meet through their gateways (\`damask status\`): is UDP between these open both ways?`
}

function endpointsOf(names: readonly string[], agents: ReadonlyMap<string, AgentState>): string {
  const endpoints = names.flatMap((name) => agents.get(name)?.endpoint ?? [])
  return endpoints.length === 0 ? '' : ` (${someOf(endpoints)})`
}

type Other = Exclude<Probe, 'tcp' | 'source' | 'udp' | 'udp-full'>

const TOPIC_OF: Readonly<Record<Other, Topic>> = {
  service: 'services',
  'service-udp': 'services',
  'node-port': 'services',
  dns: 'names',
  tls: 'names',
  'host-port': 'host-ports',
}
const WHAT: Readonly<Record<Other, (to: string, reason: string) => string>> = {
  service: (to, reason) => `the service ${to} is not reached by TCP: ${reason}`,
  'service-udp': (to, reason) => `the service ${to} is not reached by UDP: ${reason}`,
  'node-port': (to, reason) => `the node port of a service is not reached on ${to}: ${reason}`,
  dns: (to, reason) => `the name ${to} has no address: ${reason}`,
  tls: (to, reason) => `the API server is not reached as ${to}: ${reason}`,
  'host-port': (to, reason) => `a host port of ${to} is not reached: ${reason}`,
}
const ADVICE: Readonly<Record<Other, string>> = {
  service: 'does kube-proxy run on those nodes, and do pods reach each other at all?',
  'service-udp': 'does kube-proxy run on those nodes, and do pods reach each other at all?',
  'node-port': 'does kube-proxy run on that node, and does it serve node ports on that address (--nodeport-addresses)?',
  dns: 'do the pods of CoreDNS run (kubectl -n kube-system get pods), and are they reached from there?',
  tls: 'is the address of the API server, to which the service `kubernetes` leads, reached from those nodes (--advertise-address)?',
  'host-port': 'the plugin portmap must be in /opt/cni/bin and in the chain of the configuration in /etc/cni/net.d',
}
const GOOD: Readonly<Record<Exclude<Topic, 'pods'>, string>> = {
  services: 'a service is reached from every node, by TCP and UDP, and by its node port',
  names: 'kubernetes.default.svc is reached from every node',
  'host-ports': 'host ports are reached',
} as Readonly<Record<Topic, string>>

function judgeOthers(
  failures: readonly Failure[],
  probes: readonly NodeProbes[],
  { plan }: ProbeContext,
): readonly Finding[] {
  if (probes.length === 0) return []
  const bad = failures.map(({ from, probe, to, reason }): Finding => {
    const other = probe as Other
    return {
      severity: 'error',
      topic: TOPIC_OF[other],
      what: WHAT[other](to, reason),
      advice: ADVICE[other],
      nodes: [from],
    }
  })
  const good = (['services', 'names', 'host-ports'] as const)
    .filter((topic) => !bad.some((finding) => finding.topic === topic))
    .map((topic): Finding => ({ severity: 'ok', topic, what: GOOD[topic] }))
  const noDns: readonly Finding[] = plan.api.hasDns
    ? []
    : [
        {
          severity: 'warning',
          topic: 'names',
          what: 'there is no DNS in the cluster, no service at UDP port 53: names were not tried',
          advice: 'install CoreDNS',
        },
      ]
  return [...bad, ...noDns, ...good]
}
