// How to reach the API server of a cluster, and who we are there: by a kubeconfig, or as the service account of the pod that we run in.
import type { Machine } from './commands.ts'

export type ApiServerWords = {
  readonly kubeconfig?: string | undefined
  readonly apiServer?: string | undefined
  readonly kubernetesService?: Machine['kubernetesService'] | undefined
}

export type ApiServerChoice = { readonly kubeconfig?: string; readonly server?: string; readonly isInCluster?: boolean }

/** Or a sentence: nothing says where it is. Neither needs the cluster's DNS, nor its services: there may be no network yet. */
export function apiServerFrom({ kubeconfig, apiServer, kubernetesService }: ApiServerWords): ApiServerChoice | string {
  if (apiServer !== undefined && !/^https?:\/\/[^/]/.test(apiServer))
    return `"${apiServer}" is not the address of an API server; write it as https://203.0.113.10:6443`
  if (kubeconfig !== undefined) return { kubeconfig, ...(apiServer !== undefined && { server: apiServer }) }
  const server = apiServer ?? (kubernetesService && urlOf(kubernetesService))
  // Outside a pod there are no credentials but those of a kubeconfig: what is asked through `kubectl proxy` needs none.
  if (server !== undefined) return { server, ...(kubernetesService && { isInCluster: true }) }
  return 'nothing says where the API server is: this is no pod of a cluster (KUBERNETES_SERVICE_HOST is not set), so say --kubeconfig FILE'
}

const urlOf = ({ host, port }: NonNullable<Machine['kubernetesService']>): string =>
  `https://${host.includes(':') ? `[${host}]` : host}:${port}`
