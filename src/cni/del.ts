// DEL: the pod's link goes, and its addresses become free. Whatever is gone already counts as done, the namespace too.
import type { CniContext } from './cni-context.ts'
import type { DeleteRequest } from './cni-request.ts'
import { podIdentity } from './pod-identity.ts'

/**
 * Answers once the release is on disk, while the kernel may still be at work on the link: that takes it 16 ms and more. No link
 * is left behind whatever happens then: the runtime deletes the pod's namespace, and the link with it, and a link that no pod
 * has is removed by the next round. `holdTurn`: the attachment's next request waits for the link too.
 */
export async function deletePod(
  context: CniContext,
  request: DeleteRequest,
  holdTurn: (work: Promise<unknown>) => void,
): Promise<undefined> {
  const { containerId } = request
  // Also of a pod that the journal does not know: its link may have outlived a lost journal.
  const link = context.journal.find(request)?.link ?? podIdentity(request).link
  const deletion = context.links.delete(link)
  deletion.catch(() => {}) // it is heard below, once the release is on disk
  holdTurn(deletion)
  const wasKnown = await context.journal.release(request, deletion)
  deletion
    .then(
      (hadLink) => context.log?.info({ containerId, link, hadLink, wasKnown }, 'deleted a pod'),
      (cause) => context.log?.warn({ containerId, link, cause }, 'cannot delete the link of a deleted pod'),
    )
    // The kernel took the routes and neighbours with the link; the agent only has to forget them.
    .then(() => (wasKnown ? context.onPodsChanged() : undefined))
    .catch((cause) => context.log?.warn({ containerId, cause }, 'after a DEL'))
}
