// The events of a watch, from the lines that the server sends for as long as the stream stands.
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { apiFailure, isStatus } from './api-failure.ts'
import type { WatchEvent } from './kubernetes-api.ts'
import { splitLines } from './line-splitter.ts'
import { limitSilence } from './silence-limit.ts'

export type WatchStream = {
  readonly answer: IncomingMessage
  /** As in `GET /api/v1/nodes` of `https://…`. */
  readonly name: string
  readonly timeoutSeconds: number
  readonly onEvent: (event: WatchEvent) => void
  readonly clock: { readonly after: (milliseconds: number, run: () => void) => () => void }
}

/** Milliseconds beyond the time after which the server was to end the stream. */
const GRACE = 30_000

/** Milliseconds without a byte on a stream that had a bookmark before: the server sends one every minute or two. */
const BOOKMARKED_SILENCE = 180_000

/** Resolves at the end of the stream; rejects where it breaks, falls silent, or the server says that it cannot go on. */
export async function readEvents({ answer, name, timeoutSeconds, onEvent, clock }: WatchStream): Promise<void> {
  let hasBookmarks = false
  const readLine = splitLines((line) => {
    const event = parseEvent(line, name)
    if (event === undefined) return
    hasBookmarks ||= event.type === 'BOOKMARK'
    onEvent(event)
  })
  const whole = timeoutSeconds * 1000 + GRACE
  const limit = limitSilence(clock, whole, () => answer.destroy(new Error(`${name}: the stream fell silent`)))
  // A proxy may keep a stream alive for ever that the server was to end.
  const stop = clock.after(whole, () => answer.destroy(new Error(`${name}: the stream did not end in time`)))
  try {
    answer.on('data', (chunk: Buffer) => {
      try {
        readLine(chunk)
      } catch (cause) {
        answer.destroy(cause instanceof Error ? cause : new Error(String(cause)))
        return
      }
      limit.heard(hasBookmarks ? Math.min(BOOKMARKED_SILENCE, whole) : whole)
    })
    await once(answer, 'end')
  } catch (cause) {
    if (cause instanceof Error && cause.message.startsWith(name)) throw cause
    throw new Error(`${name}: the stream broke: ${cause instanceof Error ? cause.message : cause}`, { cause })
  } finally {
    limit.stop()
    stop()
  }
}

function parseEvent(line: string, name: string): WatchEvent | undefined {
  const event: unknown = JSON.parse(line)
  if (typeof event !== 'object' || event === null || !('type' in event) || !('object' in event)) return undefined
  if (event.type === 'ERROR') {
    const { code, reason, message } = isStatus(event.object) ? event.object : {}
    throw apiFailure(
      code ?? 500,
      reason ?? '',
      `${name}: the stream ended with: ${message ?? JSON.stringify(event.object)}`,
    )
  }
  return TYPES.has(String(event.type)) ? (event as WatchEvent) : undefined
}

const TYPES: ReadonlySet<string> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'])
