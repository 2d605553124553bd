// `damask check`: whether pods of all nodes reach each other, services, the API server by its name, and host ports.
import type { KubernetesApi, KubernetesObject } from '../../store/index.ts'
import { type ClusterJob, waitFor } from '../install/cluster-job.ts'
import { type Agents, judgeAgents, readAgents } from './agent-states.ts'
import { createAll, here, inCheckNamespace } from './check-namespace.ts'
import type { CheckImage } from './check-pod.ts'
import { NODES, type NodeFact, nodeFact, servicesIn } from './cluster-facts.ts'
import { type Finding, groupFindings, onNode } from './finding.ts'
import { isOfPair, judgeProbes, type NodeProbes } from './judge-probes.ts'
import { outcomesOf, silence, untilEnded } from './look-at-nodes.ts'
import { pairMatrix } from './pair-matrix.ts'
import type { PodOutcome } from './pod-outcome.ts'
import { ANSWER, ASK, answeringPod, askingPod, planObject, service } from './probe-objects.ts'
import {
  nodePortsOf,
  type PlannedNode,
  type ProbeFailure,
  type ProbePlan,
  type ProbeReport,
  sampleOf,
} from './probe-plan.ts'
import { PROBE_PORT } from './probe-port.ts'
import { copyPullSecrets } from './pull-secrets.ts'

export type AfterResult = {
  readonly findings: readonly Finding[]
  /** By whom each node was asked; left out where all ask all. */
  readonly sample?: readonly string[]
  readonly tried: number
  readonly failed: readonly (ProbeFailure & { readonly from: string })[]
  /** As text; where pairs failed, and there is room. */
  readonly matrix?: string
}

const API_NAME = 'kubernetes.default.svc'

export async function checkAfter(job: ClusterJob, image: CheckImage, timeoutSeconds: number): Promise<AfterResult> {
  const { api } = job
  const nodes = (await api.list(NODES)).map(nodeFact)
  const agents = await readAgents(api)
  const answering = nodes.filter(({ isAnswering }) => isAnswering)
  const silent = nodes.filter(({ isAnswering }) => !isAnswering).map(({ name }) => name)
  const before: readonly Finding[] = [
    ...judgeAgents(
      agents,
      answering.map(({ name }) => name),
    ),
    ...(silent.length > 0
      ? [
          {
            severity: 'error',
            topic: 'nodes',
            what: 'the kubelet does not answer: nothing was tried there',
            advice: 'start it, or delete its Node object',
            nodes: silent,
          } as const,
        ]
      : []),
  ]
  const { findings, ...result } = await inCheckNamespace(job, async () => {
    await copyPullSecrets(job, image.pullSecrets)
    return probe(job, { answering, agents, image, timeoutSeconds })
  })
  return { ...result, findings: groupFindings([...before, ...findings]) }
}

type Trial = {
  readonly answering: readonly NodeFact[]
  readonly agents: Agents
  readonly image: CheckImage
  readonly timeoutSeconds: number
}

async function probe(job: ClusterJob, { answering, agents, image, timeoutSeconds }: Trial): Promise<AfterResult> {
  const { api, tell } = job
  await createAll(
    job,
    answering.map(({ name }, index) => answeringPod(name, index, image)),
  )
  const made = await api.create(here('', 'v1', 'services'), service)
  const outcomes = await untilRunning(job, timeoutSeconds)
  const lost = await Promise.all(
    outcomes.filter(({ state }) => state !== 'running').map(async (one) => withEvent(api, one)),
  )
  const planned = plannedNodes(outcomes, answering, agents)
  if (planned.length === 0)
    return { findings: lost.flatMap((one) => onNode(one.node, [silence(one, image)])), tried: 0, failed: [] }
  const plan = await probePlan(api, made, planned)
  await api.create(here('', 'v1', 'configmaps'), planObject(plan))
  await createAll(
    job,
    planned.map(({ name }, index) => askingPod(name, index, image)),
  )
  const ended = await untilEnded(job, ASK, timeoutSeconds, 'asked all')
  const probes = ended.flatMap(({ node, state, report }): NodeProbes[] =>
    state === 'reported' ? [{ node, report: report as ProbeReport }] : [],
  )
  const sorted = probes.sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true }))
  const isSample = plan.pods.length < planned.length
  if (isSample)
    tell(
      `${planned.length} nodes: each asks a sample of ${plan.pods.length}: ${plan.pods.map(({ node }) => node).join(', ')}`,
    )
  const mute = ended.filter(({ state }) => state !== 'reported')
  const matrix = pairMatrix(sorted, plan)
  return {
    findings: [
      ...[...lost, ...mute].flatMap((one) => onNode(one.node, [silence(one, image)])),
      ...judgeProbes(sorted, { plan, agents: agents.byNode }),
    ],
    tried: sorted.reduce((sum, { report }) => sum + report.tried, 0),
    failed: sorted.flatMap(({ node, report }) => report.failures.map((failure) => ({ from: node, ...failure }))),
    ...(isSample && { sample: plan.pods.map(({ node }) => node) }),
    ...(matrix !== undefined && sorted.some(({ report }) => report.failures.some(isOfPair)) && { matrix }),
  }
}

async function untilRunning(job: ClusterJob, timeoutSeconds: number): Promise<readonly PodOutcome[]> {
  await waitFor(job, timeoutSeconds, async () => {
    const outcomes = await outcomesOf(job, ANSWER)
    const left = outcomes.filter(
      ({ state, addresses }) => state === 'waiting' || (state === 'running' && addresses.length === 0),
    )
    return left.length === 0 ? undefined : `${outcomes.length - left.length} of ${outcomes.length} nodes have a pod`
  })
  return outcomesOf(job, ANSWER)
}

/** Why a pod has no network is said by an event alone. */
async function withEvent(api: KubernetesApi, outcome: PodOutcome): Promise<PodOutcome> {
  if (outcome.reason !== undefined && outcome.reason !== 'ContainerCreating') return outcome
  const events = await api.list({ ...here('', 'v1', 'events'), fieldSelector: 'type=Warning' })
  const own = events.filter(({ source }) => (source as { readonly host?: string } | undefined)?.host === outcome.node)
  const message = own.at(-1)?.message
  return typeof message === 'string' ? { ...outcome, reason: message } : outcome
}

/** By site, then by name: fellows stand beside each other. */
function plannedNodes(
  outcomes: readonly PodOutcome[],
  nodes: readonly NodeFact[],
  { byNode }: Agents,
): readonly PlannedNode[] {
  return outcomes
    .filter(({ state, addresses }) => state === 'running' && addresses.length > 0)
    .map(({ node, addresses }): PlannedNode => {
      const site = byNode.get(node)?.site
      const internalAddresses = nodes.find(({ name }) => name === node)?.internalAddresses ?? []
      return { name: node, internalAddresses, podAddresses: addresses, ...(site !== undefined && { site }) }
    })
    .sort((a, b) => (a.site ?? '').localeCompare(b.site ?? '') || a.name.localeCompare(b.name, 'en', { numeric: true }))
}

/** By whatever name: what pods ask is in kubelets' configurations. */
const isDns = ({ spec }: KubernetesObject): boolean =>
  ((spec ?? {}) as ServiceSpec).ports?.some(({ port, protocol }) => port === 53 && protocol === 'UDP') ?? false

type ServiceSpec = {
  readonly clusterIP?: string
  readonly clusterIPs?: readonly string[]
  readonly ports?: readonly { readonly port: number; readonly protocol?: string; readonly nodePort?: number }[]
}

async function probePlan(
  api: KubernetesApi,
  made: KubernetesObject,
  planned: readonly PlannedNode[],
): Promise<ProbePlan> {
  const { clusterIPs = [], ports = [] } = made.spec as ServiceSpec
  const [kubernetes, services] = await Promise.all([
    api.get(servicesIn('default'), 'kubernetes'),
    api.list({ group: '', version: 'v1', plural: 'services' }),
  ])
  const server = (kubernetes?.spec ?? {}) as ServiceSpec
  const nodePort = ports.find(({ protocol }) => protocol === 'TCP')?.nodePort
  return {
    port: PROBE_PORT,
    pods: sampleOf(planned).map(({ name, podAddresses }) => ({ node: name, addresses: podAddresses })),
    service: { addresses: clusterIPs, port: PROBE_PORT },
    api: {
      name: API_NAME,
      address: server.clusterIP ?? '',
      port: server.ports?.[0]?.port ?? 443,
      hasDns: services.some(isDns),
    },
    nodePorts: nodePortsOf(planned, { 'host-port': PROBE_PORT, 'node-port': nodePort }),
  }
}
