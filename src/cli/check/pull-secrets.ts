// The Secrets by which nodes pull the image: a pod may name those of its own namespace alone, so the check has copies for as long as it takes.
import { isApiFailure, type KubernetesObject } from '../../store/index.ts'
import type { ClusterJob } from '../install/cluster-job.ts'
import { NAMESPACE as INSTALLED, PART_OF } from '../install/namespace.ts'
import { here, NAMESPACE } from './check-namespace.ts'

const SECRETS = { group: '', version: 'v1', plural: 'secrets', namespace: INSTALLED } as const

/** Into the namespace of the check, which is there. One that cannot be had is told: the image may be on the nodes all the same. */
export async function copyPullSecrets({ api, tell }: ClusterJob, names: readonly string[]): Promise<void> {
  for (const name of new Set(names)) {
    try {
      const secret = await api.get(SECRETS, name)
      if (secret === undefined)
        tell(
          `there is no Secret ${INSTALLED}/${name} to pull the image by; make it: kubectl -n ${INSTALLED} create secret docker-registry ${name} …`,
        )
      else await api.create(here('', 'v1', 'secrets'), copyOf(secret))
    } catch (cause) {
      if (!isApiFailure(cause)) throw cause
      tell(`the image is pulled without the Secret ${INSTALLED}/${name}: ${cause.message}`)
    }
  }
}

const copyOf = ({ metadata: { name }, type, data }: KubernetesObject): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: NAMESPACE, labels: PART_OF },
  type,
  data,
})
