// Routes a request to its verb. What concerns one attachment is done one after the other: a runtime that gave up on an
// ADD sends DEL while the ADD is still at work.
import { addPod } from './add.ts'
import { attachmentKey } from './attachment-key.ts'
import { checkPod } from './check.ts'
import type { CniContext } from './cni-context.ts'
import type { AttachmentRequest, CniRequest } from './cni-request.ts'
import { versionResult } from './cni-result.ts'
import type { CniHandler } from './cni-server.ts'
import { deletePod } from './del.ts'
import { collectPods } from './gc.ts'
import { requireReadiness } from './status.ts'

export function cniHandler(context: CniContext): CniHandler {
  const turns = new Map<string, Promise<unknown>>()

  function answer(request: AttachmentRequest, holdTurn: (work: Promise<unknown>) => void): Promise<object | undefined> {
    switch (request.kind) {
      case 'add':
        return addPod(context, request)
      case 'check':
        return checkPod(context, request)
      case 'del':
        return deletePod(context, request, holdTurn)
    }
  }

  function answerInTurn(request: AttachmentRequest): Promise<object | undefined> {
    const key = attachmentKey(request)
    const held: Promise<unknown>[] = []
    const answered = (turns.get(key) ?? Promise.resolve()).then(() => answer(request, (work) => held.push(work)))
    const turn = Promise.allSettled([answered]).then(() => Promise.allSettled(held))
    turns.set(key, turn)
    turn.then(() => {
      if (turns.get(key) === turn) turns.delete(key)
    })
    return answered
  }

  async function answerRequest(request: CniRequest): Promise<object | undefined> {
    switch (request.kind) {
      case 'version':
        return versionResult(request.cniVersion)
      case 'status':
        return requireReadiness(context)
      case 'gc':
        return collectPods(
          context,
          request,
          (attachment) => turns.has(attachmentKey(attachment)),
          ({ containerId, interfaceName }) =>
            answerInTurn({ kind: 'del', cniVersion: request.cniVersion, containerId, interfaceName }),
        )
      default:
        return answerInTurn(request)
    }
  }

  return answerRequest
}
