// What the API server's facts mean for an installation. Pure: facts in, findings out.
import {
  containsAddress,
  containsPrefix,
  type Family,
  formatAddress,
  formatPrefix,
  overlaps,
  type Prefix,
  prefixOf,
  tryAddress,
} from '../../model/index.ts'
import { ADMISSION_POLICY_SINCE } from '../install/admission-policy.ts'
import type { ClusterFacts, NodeFact, Ranges } from './cluster-facts.ts'
import type { Finding } from './finding.ts'
import { someOf } from './finding-text.ts'
import { findPlugins } from './other-plugin.ts'

export type ClusterWishes = { readonly fabric?: string }

export const judgeCluster = (facts: ClusterFacts, { fabric }: ClusterWishes = {}): readonly Finding[] => [
  judgeVersion(facts.version),
  ...judgeRanges(facts),
  ...judgeNodePrefixes(facts),
  ...judgeAddresses(facts),
  ...judgePlugins(facts, fabric),
  ...judgeSilence(facts.nodes),
]

function judgeVersion(version: string): Finding {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(version) ?? []
  const { major: since, minor: sinceMinor } = ADMISSION_POLICY_SINCE
  if (Number(major) > since || Number(minor) >= sinceMinor)
    return { severity: 'ok', topic: 'cluster', what: `Kubernetes ${version}` }
  return {
    severity: 'error',
    topic: 'cluster',
    what: `Kubernetes is ${version}, and Damask supports ${since}.${sinceMinor} and newer, where an agent's token is bound to its node`,
    advice:
      'upgrade the cluster, or install with --no-admission-policy, and whoever steals the token of one agent may speak for all nodes',
  }
}

/** Kubernetes takes prefixes with host bits: 10.42.3.7/24. */
export function tryMaskedPrefix(text: string): { readonly prefix: Prefix; readonly hasHostBits: boolean } | undefined {
  const [head = '', digits = ''] = text.split('/')
  const address = tryAddress(head)
  if (address === undefined || !/^\d{1,3}$/.test(digits)) return undefined
  const prefix = prefixOf(address, Number(digits))
  return { prefix, hasHostBits: formatAddress(prefix) !== formatAddress(address) }
}

export const prefixesOf = (ranges: Ranges): readonly Prefix[] =>
  'problem' in ranges ? [] : ranges.prefixes.flatMap((text) => tryMaskedPrefix(text)?.prefix ?? [])

function judgeRanges({ pods, services }: ClusterFacts): readonly Finding[] {
  const both = [
    { of: 'pods', ranges: pods },
    { of: 'services', ranges: services },
  ]
  const found = both.map(
    ({ of, ranges }): Finding =>
      'problem' in ranges
        ? { severity: 'error', topic: 'ranges', what: ranges.problem }
        : {
            severity: 'ok',
            topic: 'ranges',
            what: `${of} have ${prefixesOf(ranges).map(formatPrefix).join(', ')} (${ranges.source})`,
          },
  )
  const collisions = prefixesOf(pods).flatMap((pod) =>
    prefixesOf(services)
      .filter((service) => overlaps(pod, service))
      .map(
        (service): Finding => ({
          severity: 'error',
          topic: 'ranges',
          what: `the range ${formatPrefix(pod)} of pods meets the range ${formatPrefix(service)} of services`,
          advice:
            'make the cluster with ranges that do not overlap: --pod-network-cidr and --service-cidr of kubeadm, --cluster-cidr and --service-cidr of k3s',
        }),
      ),
  )
  return [...found, ...collisions]
}

function judgeNodePrefixes({ pods, nodes }: ClusterFacts): readonly Finding[] {
  const ranges = prefixesOf(pods)
  const own = nodes.flatMap(({ name, podPrefixes }) =>
    podPrefixes.flatMap((text) => {
      const read = tryMaskedPrefix(text)
      return read === undefined ? [] : [{ name, text, ...read }]
    }),
  )
  const findings: Finding[] = []
  for (const { name, text, prefix, hasHostBits } of own) {
    if (hasHostBits)
      findings.push({
        severity: 'warning',
        topic: 'ranges',
        what: `a node has the pod prefix ${text}, which has host bits, and is taken as ${formatPrefix(prefix)}`,
        advice: 'let whoever allocates them write it so; other programs may read it as one address',
        nodes: [name],
      })
    const other = own.find((one) => one.name !== name && overlaps(one.prefix, prefix))
    if (other !== undefined)
      findings.push({
        severity: 'error',
        topic: 'ranges',
        what: `two nodes have pod prefixes that meet: ${[text, other.text].sort().join(' and ')}`,
        advice: 'a Node object keeps its podCIDR: delete and register one of the two again',
        nodes: [name, other.name],
      })
  }
  const outside = own.filter(
    ({ prefix }) => ranges.length > 0 && !ranges.some((range) => containsPrefix(range, prefix)),
  )
  if (outside.length > 0)
    findings.push({
      severity: 'error',
      topic: 'ranges',
      what: `nodes have pod prefixes outside of ${ranges.map(formatPrefix).join(', ')}: they are of another pool`,
      advice: `say --pod-prefix with the range that they are of (they have ${someOf(outside.map(({ text }) => text))}); if the pool was changed (--cluster-cidr), make those Node objects again`,
      nodes: [...new Set(outside.map(({ name }) => name))],
    })
  return [...findings, ...judgeFamilies(ranges, nodes)]
}

function judgeFamilies(ranges: readonly Prefix[], nodes: readonly NodeFact[]): readonly Finding[] {
  const bare = nodes.filter(({ podPrefixes }) => podPrefixes.length === 0).map(({ name }) => name)
  const without = (family: Family) =>
    nodes.filter(
      ({ podPrefixes }) =>
        podPrefixes.length > 0 && !podPrefixes.some((text) => tryMaskedPrefix(text)?.prefix.family === family),
    )
  return [
    ...(bare.length > 0 && bare.length < nodes.length
      ? [
          {
            severity: 'warning',
            topic: 'ranges',
            what: 'nodes have no pod prefix, while others have',
            advice:
              "kube-controller-manager allocates them: see its log, and whether its range is used up (--node-cidr-mask-size); Damask's controller gives them one meanwhile",
            nodes: bare,
          } as const,
        ]
      : []),
    ...[...new Set(ranges.map(({ family }) => family))].flatMap((family): Finding[] => {
      const names = without(family).map(({ name }) => name)
      if (names.length === 0) return []
      return [
        {
          severity: 'warning',
          topic: 'ranges',
          what: `nodes have no pod prefix of IPv${family}, although pods have a range of it`,
          advice:
            'their pods get no address of that family; give kube-controller-manager both ranges (--cluster-cidr=IPv4,IPv6)',
          nodes: names,
        },
      ]
    }),
  ]
}

function judgeAddresses({ pods, services, nodes }: ClusterFacts): readonly Finding[] {
  const ranges = [
    ...prefixesOf(pods).map((prefix) => ({ prefix, of: 'pods' })),
    ...prefixesOf(services).map((prefix) => ({ prefix, of: 'services' })),
  ]
  return nodes.flatMap(({ name, internalAddresses }) =>
    internalAddresses.flatMap((text) =>
      ranges
        .filter(({ prefix }) => {
          const address = tryAddress(text)
          return address !== undefined && address.family === prefix.family && containsAddress(prefix, address)
        })
        .map(
          ({ prefix, of }): Finding => ({
            severity: 'error',
            topic: 'ranges',
            what: `the address of a node lies in the range ${formatPrefix(prefix)} of ${of}`,
            advice: `make the cluster with another range of ${of}, or give the node another address (kubelet's --node-ip)`,
            nodes: [name],
          }),
        ),
    ),
  )
}

function judgePlugins({ daemonSets }: ClusterFacts, fabric?: string): readonly Finding[] {
  return findPlugins(daemonSets).map(
    ({ plugin, where }): Finding =>
      fabric === 'none'
        ? { severity: 'ok', topic: 'plugins', what: `${plugin} (DaemonSet ${where}) stays, beside --fabric none` }
        : {
            severity: 'error',
            topic: 'plugins',
            what: `another network plugin is here: ${plugin}, DaemonSet ${where}`,
            advice: `remove it with what it was installed with, and its file from /etc/cni/net.d of every node; or keep it inside sites, and install with --fabric none`,
          },
  )
}

const judgeSilence = (nodes: readonly NodeFact[]): readonly Finding[] => {
  const silent = nodes.filter(({ isAnswering }) => !isAnswering).map(({ name }) => name)
  if (silent.length === 0) return []
  return [
    {
      severity: 'warning',
      topic: 'nodes',
      what: 'the kubelet does not answer, so that the machine could not be looked at',
      advice: 'start it, or delete its Node object; then call this again',
      nodes: silent,
    },
  ]
}
