// DEL: the pod's link goes, then its addresses are free. Whatever is gone already counts as done, the namespace too.
import { deletePodLink } from '../linux/index.ts'
import type { CniContext } from './cni-context.ts'
import type { DeleteRequest } from './cni-request.ts'
import { podIdentity } from './pod-identity.ts'

export async function deletePod(context: CniContext, request: DeleteRequest): Promise<undefined> {
  const { containerId } = request
  // Also of a pod that the journal does not know: its link may have outlived a lost journal.
  const link = context.journal.find(request)?.link ?? podIdentity(request).link
  const hadLink = await deletePodLink(context.rtnetlink, link)
  const wasKnown = await context.journal.release(request)
  context.log?.info({ containerId, link, hadLink, wasKnown }, 'deleted a pod')
  // The kernel took the routes and neighbours with the link; the agent only has to forget them.
  if (wasKnown) context.onPodsChanged().catch((cause) => context.log?.warn({ containerId, cause }, 'after a DEL'))
}
