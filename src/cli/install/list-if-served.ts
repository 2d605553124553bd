// Lists of kinds that a cluster may not know: its version is older, or what brings them was never installed.
import { type Collection, isApiFailure, type KubernetesApi, type KubernetesObject } from '../../store/index.ts'

/** Empty where the API server does not serve the kind. */
export async function listIfServed(api: KubernetesApi, collection: Collection): Promise<readonly KubernetesObject[]> {
  try {
    return await api.list(collection)
  } catch (cause) {
    if (isApiFailure(cause) && cause.status === 404) return []
    throw cause
  }
}
