// An API server that takes writes only while the Lease is held, so that no work of a term that is over, however late, writes anything.
import type { KubernetesApi } from '../store/index.ts'
import type { Term } from './leader-election.ts'

export function fenceApi(api: KubernetesApi, { isHeld }: Pick<Term, 'isHeld'>): KubernetesApi {
  const fence =
    <Words extends readonly unknown[], Answer>(write: (...words: Words) => Promise<Answer>) =>
    async (...words: Words): Promise<Answer> => {
      if (!isHeld()) throw new Error('nothing is written, as this controller does not hold the Lease any more')
      return write(...words)
    }
  return {
    ...api,
    create: fence(api.create),
    replace: fence(api.replace),
    apply: fence(api.apply),
    mergePatch: fence(api.mergePatch),
    remove: fence(api.remove),
  }
}
