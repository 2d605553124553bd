// Routes a request to its verb. What concerns one attachment is done one after the other: a runtime that gave up on an
// ADD sends DEL while the ADD is still at work.
import { addPod } from './add.ts'
import type { CniContext } from './cni-context.ts'
import type { CniRequest } from './cni-request.ts'
import { versionResult } from './cni-result.ts'
import type { CniHandler } from './cni-server.ts'
import { deletePod } from './del.ts'
import { attachmentKey } from './journal-state.ts'

export function cniHandler(context: CniContext): CniHandler {
  const turns = new Map<string, Promise<unknown>>()
  return (request) => {
    if (request.kind === 'version') return Promise.resolve(versionResult(request.cniVersion))
    const key = attachmentKey(request)
    const turn = (turns.get(key) ?? Promise.resolve()).catch(() => {}).then(() => answer(context, request))
    turns.set(key, turn)
    const forget = (): void => {
      if (turns.get(key) === turn) turns.delete(key)
    }
    turn.then(forget, forget)
    return turn
  }
}

function answer(context: CniContext, request: Exclude<CniRequest, { kind: 'version' }>): Promise<object | undefined> {
  switch (request.kind) {
    case 'add':
      return addPod(context, request)
    case 'del':
      return deletePod(context, request)
  }
}
