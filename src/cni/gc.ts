// GC: the runtime says what it still knows of a network, and all else of that network goes, as by DEL.
import { attachmentKey } from './attachment-key.ts'
import type { CniContext } from './cni-context.ts'
import { CNI_CODE, cniError } from './cni-error.ts'
import type { GcRequest } from './cni-request.ts'
import type { Attachment } from './request-fields.ts'

/**
 * Answers nothing once all is gone that can go; what cannot is named in the error. `deletePod`: DEL in its turn.
 * `isBusy`: a request about it is at work, so the runtime knows it after all.
 */
export async function collectPods(
  { journal, log }: CniContext,
  { networkName, valid }: GcRequest,
  isBusy: (attachment: Attachment) => boolean,
  deletePod: (attachment: Attachment) => Promise<unknown>,
): Promise<undefined> {
  const known = new Set(valid.map(attachmentKey))
  const stale = journal
    .pods()
    .filter((pod) => pod.networkName === networkName && !known.has(attachmentKey(pod)) && !isBusy(pod))
  const outcomes = await Promise.allSettled(stale.map(deletePod))
  const failures = outcomes.flatMap((outcome, index) => {
    const pod = stale[index]
    return outcome.status === 'rejected' && pod ? [`${attachmentKey(pod)}: ${messageOf(outcome.reason)}`] : []
  })
  if (stale.length > 0) log?.info({ networkName, removed: stale.length - failures.length }, 'collected pods')
  if (failures.length > 0)
    throw cniError(CNI_CODE.failed, `${failures.length} of ${stale.length} stale pods stay: ${failures.join('; ')}`)
  return undefined
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
