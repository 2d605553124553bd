// Asks ends for echoes from inside other ends' namespaces.
import { type EchoAnswer, type EchoSocket, type NamespaceHandle, openEchoSocket } from '../linux/index.ts'
import type { Address, Family } from '../model/index.ts'

export type EchoProber = {
  /** Undefined when the whole answer came; else why not. */
  ask(to: Address, dataBytes: number): Promise<string | undefined>
  close(): void
}

/** One for each try. A lost packet costs as much; a machine that has too much to do may be as slow. */
const WAITS_MILLISECONDS = [1_000, 2_000, 3_000]

export function openEchoProber(namespace: NamespaceHandle, family: Family, identifier: number): EchoProber {
  const waiting = new Map<number, (answer: EchoAnswer) => void>()
  const socket: EchoSocket = openEchoSocket({
    namespace,
    family,
    identifier,
    onAnswer: (answer) => waiting.get(answer.sequence)?.(answer),
  })
  let lastSequence = 0

  const askOnce = (to: Address, dataBytes: number, waitMilliseconds: number): Promise<string | undefined> => {
    lastSequence = (lastSequence + 1) & 0xffff
    const sequence = lastSequence
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    const timer = setTimeout(resolve, waitMilliseconds, 'no answer')
    waiting.set(sequence, (answer) => resolve(complaint(answer, dataBytes)))
    const refused = socket.send(to, sequence, dataBytes)
    if (refused) resolve(`the kernel refused to send: ${refused}`)
    return promise.finally(() => {
      clearTimeout(timer)
      waiting.delete(sequence)
    })
  }

  return {
    async ask(to, dataBytes) {
      let reason: string | undefined
      for (const wait of WAITS_MILLISECONDS) {
        reason = await askOnce(to, dataBytes, wait)
        if (reason === undefined) return undefined
      }
      return `${reason} (${WAITS_MILLISECONDS.length} tries)`
    },
    close: () => socket.close(),
  }
}

function complaint({ error, dataBytes }: EchoAnswer, asked: number): string | undefined {
  if (error) return `a node on the way answered with an ICMP error, ${error}`
  return dataBytes === asked ? undefined : `the answer held ${dataBytes} bytes in place of ${asked}`
}
