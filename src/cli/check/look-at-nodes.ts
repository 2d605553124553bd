// `damask check node` on every node of a cluster, by a pod of the host's network that ends again.
import type { KubernetesObject } from '../../store/index.ts'
import { type ClusterJob, waitFor } from '../install/cluster-job.ts'
import type { HostFolder } from '../install/host-folder.ts'
import { createAll, PODS } from './check-namespace.ts'
import { type CheckImage, checkPod } from './check-pod.ts'
import type { Finding } from './finding.ts'
import { onNode } from './finding.ts'
import type { NodeReport } from './node-report.ts'
import { REPORT_FILE } from './packed-report.ts'
import { outcomeOf, type PodOutcome } from './pod-outcome.ts'

const LOOK = 'damask-check-look'
const ROOT = '/host'

const FOLDERS: readonly HostFolder[] = ['dev', 'etc', 'proc', 'run'].map((name) => ({
  name,
  hostPath: `/${name}`,
  mountPath: `${ROOT}/${name}`,
}))
/** To try what the kernel has, in a namespace of its own; to read the packet filter; SYS_PTRACE: whose a socket is. */
const CAPABILITIES = ['NET_ADMIN', 'SYS_ADMIN', 'SYS_PTRACE']

export type NodeLook = { readonly node: string; readonly report: NodeReport }

/** `words`: options of `damask check node`. In the namespace of the check, which is there. */
export async function lookAtNodes(
  job: ClusterJob,
  options: {
    readonly nodes: readonly string[]
    readonly words: readonly string[]
    readonly image: CheckImage
    readonly timeoutSeconds: number
    /** Where another than /etc/cni/net.d is the runtime's. */
    readonly cniFolder?: string | undefined
  },
): Promise<{ readonly looks: readonly NodeLook[]; readonly findings: readonly Finding[] }> {
  const { nodes, words, image, timeoutSeconds, cniFolder } = options
  const all = ['check', 'node', `--root=${ROOT}`, `--report=${REPORT_FILE}`, ...words]
  if (cniFolder !== undefined) all.push(`--cni-config-dir=/cni`)
  const pods = nodes.map(
    (node, index): KubernetesObject =>
      checkPod({
        ...{ purpose: LOOK, node, index, words: all, image },
        capabilities: CAPABILITIES,
        folders:
          cniFolder === undefined
            ? FOLDERS
            : [...FOLDERS, { name: 'cni', hostPath: cniFolder, mountPath: `${ROOT}/cni` }],
        pod: { hostNetwork: true, dnsPolicy: 'Default' },
      }),
  )
  await createAll(job, pods)
  const outcomes = await untilEnded(job, LOOK, timeoutSeconds, 'looked at')
  return {
    looks: outcomes.flatMap(({ node, state, report }) =>
      state === 'reported' ? [{ node, report: report as NodeReport }] : [],
    ),
    findings: outcomes
      .filter(({ state }) => state !== 'reported')
      .flatMap((one) => onNode(one.node, [silence(one, image)])),
  }
}

export async function outcomesOf({ api }: Pick<ClusterJob, 'api'>, purpose: string): Promise<readonly PodOutcome[]> {
  const pods = await api.list({ ...PODS, labelSelector: `app.kubernetes.io/name=${purpose}` })
  return pods.map(outcomeOf)
}

/** Until none runs any more, or can be hoped to; what did not end is among them too. */
export async function untilEnded(
  job: ClusterJob,
  purpose: string,
  timeoutSeconds: number,
  done: string,
): Promise<readonly PodOutcome[]> {
  await waitFor(job, timeoutSeconds, async () => {
    const outcomes = await outcomesOf(job, purpose)
    const left = outcomes.filter(({ state }) => state === 'waiting' || state === 'running').length
    return left === 0 ? undefined : `${outcomes.length - left} of ${outcomes.length} nodes ${done}`
  })
  return outcomesOf(job, purpose)
}

/** Of a pod from which nothing came. */
export function silence({ state, reason }: PodOutcome, { image }: CheckImage): Finding {
  const isOfImage = state === 'stuck' || /pull|image/i.test(reason ?? '')
  return {
    severity: 'error',
    topic: 'nodes',
    what:
      state === 'running'
        ? 'the pod of the check did not come to its end in time'
        : `the pod of the check did not start: ${reason ?? 'its kubelet does not say why'}`,
    advice: isOfImage
      ? `the nodes must be able to pull ${image}, or have it: import it (ctr -n k8s.io images import FILE), or name another by --image`
      : 'see the kubelet of that node (journalctl -u kubelet), or wait longer by --timeout',
  }
}
