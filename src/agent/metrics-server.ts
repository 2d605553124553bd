// What others may ask an agent over TCP: its metrics, and whether it is well and ready. Nothing of its status, and nothing can be set.
import type { Clock } from './clock.ts'
import type { HostFinding } from './host-check.ts'
import type { HttpRequest } from './http-request.ts'
import { createHttpServer, type HttpAnswer, metricsText, text } from './http-server.ts'
import type { Log } from './secret-log.ts'
import type { StatusServerOptions } from './status-server.ts'

/** `host`: an address of this machine; left out: all of them. */
export type MetricsAddress = { readonly host?: string; readonly port: number }

export type MetricsServer = {
  /** Why it does not listen. */
  readonly findings: () => readonly HostFinding[]
  readonly close: () => Promise<void>
}

export type MetricsServerOptions = Pick<StatusServerOptions, 'metrics' | 'readiness' | 'illness'> & {
  readonly address: MetricsAddress
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
}

const RETRY_MS = 30_000
/** Anybody may come here: nobody has much to say, and no more than so many at a time. */
const LONGEST_REQUEST_BYTES = 8 * 1024
const MOST_CONNECTIONS = 32

/** Resolves once it listens, or could not: then it tries again later. */
export async function serveMetrics(options: MetricsServerOptions): Promise<MetricsServer> {
  const { address, clock, log } = options
  const place = `${address.host === undefined ? '' : address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
  const { server, close } = createHttpServer((request) => answerTo(options, request), LONGEST_REQUEST_BYTES)
  server.maxConnections = MOST_CONNECTIONS
  let refusal: string | undefined
  let cancelRetry = (): void => {}

  async function listen(): Promise<void> {
    const message = await tryListen()
    if (message === undefined) log.info({}, `metrics are served at ${place}`)
    else {
      if (message !== refusal) log.warn({}, message)
      cancelRetry = clock.after(RETRY_MS, () => void listen())
    }
    refusal = message
  }

  const tryListen = (): Promise<string | undefined> =>
    new Promise((resolve) => {
      const settle = (cause?: Error): void => {
        server.off('error', settle).off('listening', settle)
        resolve(
          cause &&
            `cannot serve metrics at ${place}: ${codeOf(cause)}; trying again each ${RETRY_MS / 1000} s. End what listens there, or take another --metrics-address`,
        )
      }
      server.once('error', settle).once('listening', settle).listen(address.port, address.host)
    })

  await listen()
  return {
    findings: () =>
      refusal === undefined ? [] : [{ severity: 'warning', type: 'MetricsNotServed', message: refusal }],
    async close() {
      cancelRetry()
      await close()
    },
  }
}

async function answerTo(
  { metrics, readiness, illness }: MetricsServerOptions,
  { method, target }: Extract<HttpRequest, { kind: 'request' }>,
): Promise<HttpAnswer> {
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET is answered here')
  switch (target) {
    case '/metrics':
      return metricsText(await metrics())
    case '/healthz': {
      const wrong = illness()
      return wrong === undefined ? text(200, 'ok') : text(503, wrong)
    }
    case '/ready': {
      const { ready, reasons } = await readiness()
      return ready
        ? text(200, 'ok')
        : text(503, `not ready: ${[...new Set(reasons.map(({ kind }) => kind))].join(', ')}`)
    }
    default:
      return text(404, 'there are /metrics, /healthz and /ready')
  }
}

const codeOf = (cause: Error): string => ('code' in cause ? String(cause.code) : cause.message)
