// `damask check --before`: whether a cluster is as Damask wants it.
import { formatPrefix } from '../../model/index.ts'
import type { ClusterJob } from '../install/cluster-job.ts'
import { inCheckNamespace } from './check-namespace.ts'
import type { CheckImage } from './check-pod.ts'
import { readClusterFacts } from './cluster-facts.ts'
import { type Finding, groupFindings, onNode } from './finding.ts'
import { judgeCluster, prefixesOf } from './judge-cluster.ts'
import { judgeServer } from './judge-server.ts'
import { lookAtNodes, type NodeLook } from './look-at-nodes.ts'
import { copyPullSecrets } from './pull-secrets.ts'

export type BeforeOptions = {
  readonly podPrefix?: readonly string[]
  readonly servicePrefix?: readonly string[]
  readonly apiServer?: string
  readonly fabric?: string
  readonly gatewaysPerSite?: string
  readonly metricsPort?: number
  readonly cniConfigDir?: string
}

export type BeforeResult = {
  readonly findings: readonly Finding[]
  readonly nodes: readonly {
    readonly name: string
    readonly kernel: string
    readonly wireguard?: string
    readonly addresses: readonly string[]
  }[]
}

export async function checkBefore(
  job: ClusterJob,
  options: BeforeOptions,
  image: CheckImage,
  timeoutSeconds: number,
): Promise<BeforeResult> {
  const { fabric } = options
  const facts = await readClusterFacts(job.api, options)
  const nodes = facts.nodes.filter(({ isAnswering }) => isAnswering).map(({ name }) => name)
  const apiServer = options.apiServer ?? facts.serviceUrl
  const words = [
    ...prefixesOf(facts.pods).map((prefix) => `--pod-prefix=${formatPrefix(prefix)}`),
    ...prefixesOf(facts.services).map((prefix) => `--service-prefix=${formatPrefix(prefix)}`),
    ...(apiServer === undefined ? [] : [`--api-server=${apiServer}`]),
    ...(fabric === undefined ? [] : [`--fabric=${fabric}`]),
    ...(options.metricsPort === undefined ? [] : [`--metrics-port=${options.metricsPort}`]),
    ...(options.gatewaysPerSite === undefined ? [] : [`--gateways-per-site=${options.gatewaysPerSite}`]),
  ]
  const { looks, findings } = await inCheckNamespace(job, async () => {
    await copyPullSecrets(job, image.pullSecrets)
    return lookAtNodes(job, { nodes, words, image, timeoutSeconds, cniFolder: options.cniConfigDir })
  })
  const all = [
    ...judgeCluster(facts, fabric === undefined ? {} : { fabric }),
    ...findings,
    ...looks.flatMap(({ node, report }) => onNode(node, report.findings)),
    ...looks.flatMap(({ node, report }) =>
      report.server === undefined ? [] : onNode(node, [judgeServer(report.server, facts.distribution)]),
    ),
  ]
  return { findings: groupFindings(all), nodes: looks.map(summaryOf) }
}

const summaryOf = ({ node, report: { kernel, wireguard, addresses } }: NodeLook): BeforeResult['nodes'][number] => ({
  name: node,
  kernel,
  ...(wireguard !== undefined && { wireguard }),
  addresses,
})
