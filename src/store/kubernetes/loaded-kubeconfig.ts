// A kubeconfig for what the package behind it does itself, as running a command in a pod. Loaded where it is asked for: it takes 20 MB.
import type { KubeConfig } from '@kubernetes/client-node'
import type { KubeconfigChoice } from './kubeconfig.ts'

/** Rejects with a sentence where the file cannot be used. Tokens in files are read for each request. */
export async function loadedKubeconfig(choice: KubeconfigChoice): Promise<KubeConfig> {
  const { loadKubeconfig } = await import('./kubeconfig.ts')
  return loadKubeconfig(choice)
}
