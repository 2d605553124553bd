// Routes a request to its verb. What concerns one attachment is done one after the other: a runtime that gave up on an
// ADD sends DEL while the ADD is still at work.
import { addPod } from './add.ts'
import type { CniContext } from './cni-context.ts'
import type { CniRequest } from './cni-request.ts'
import { versionResult } from './cni-result.ts'
import type { CniHandler } from './cni-server.ts'
import { deletePod } from './del.ts'
import { attachmentKey } from './journal-state.ts'
import { oneATurn } from './one-a-turn.ts'

type PodRequest = Exclude<CniRequest, { kind: 'version' }>

export function cniHandler(context: CniContext): CniHandler {
  const turns = new Map<string, Promise<unknown>>()
  const makeLink = oneATurn()

  function answer(request: PodRequest, holdTurn: (work: Promise<unknown>) => void): Promise<object | undefined> {
    return request.kind === 'add' ? addPod(context, request, makeLink) : deletePod(context, request, holdTurn)
  }

  return (request) => {
    if (request.kind === 'version') return Promise.resolve(versionResult(request.cniVersion))
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
}
