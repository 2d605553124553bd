// How old the cluster is, and what that means for us.
import type { KubernetesApi } from '../../store/index.ts'
import { ADMISSION_POLICY_SINCE } from './admission-policy.ts'

/** Throws where it is too old for the admission policy; `--no-admission-policy` does without. */
export async function checkServerVersion(api: KubernetesApi, wantsAdmissionPolicy: boolean): Promise<void> {
  const { major, minor, gitVersion }: Record<string, string | undefined> = JSON.parse(await api.getText('/version'))
  // Managed clusters write 30+.
  const [found = 0, wanted = 0] = [Number.parseInt(minor ?? '', 10), ADMISSION_POLICY_SINCE.minor]
  if (!wantsAdmissionPolicy || Number(major) > ADMISSION_POLICY_SINCE.major || found >= wanted) return
  throw new Error(
    `the API server ${api.server} is ${gitVersion}; Damask supports Kubernetes 1.${wanted} and newer, which have ValidatingAdmissionPolicy and say in a token of which node it is. ` +
      'With --no-admission-policy it can be tried all the same: then whoever steals the token of one agent may write the status of every MeshNode, and so replace the public keys of other nodes',
  )
}
