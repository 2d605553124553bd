import { createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHandClock, type HandClock } from '../../test/hand-clock.ts'
import { type MetricsServer, serveMetrics } from './metrics-server.ts'
import type { Readiness } from './readiness.ts'

let clock: HandClock
let port: number
let server: MetricsServer | undefined
let illness: string | undefined
let readiness: Readiness
beforeEach(async () => {
  clock = createHandClock()
  port = await freePort()
  illness = undefined
  readiness = { ready: true, converged: true, reasons: [] }
})
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function serve(): Promise<MetricsServer> {
  server = await serveMetrics({
    address: { host: '127.0.0.1', port },
    metrics: async () => 'damask_ready 1\n',
    readiness: async () => readiness,
    illness: () => illness,
    clock,
    log: { info() {}, warn() {} },
  })
  return server
}

async function ask(target: string, method = 'GET'): Promise<readonly [number, string]> {
  const answer = await fetch(`http://127.0.0.1:${port}${target}`, { method })
  return [answer.status, await answer.text()]
}

describe('metrics over TCP', () => {
  it('are served beside whether the agent is well and ready', async () => {
    await serve()
    expect(await ask('/metrics')).toEqual([200, 'damask_ready 1\n'])
    expect([await ask('/healthz'), await ask('/ready')]).toEqual([
      [200, 'ok\n'],
      [200, 'ok\n'],
    ])
    illness = 'a round hangs'
    readiness = { ready: false, converged: false, reasons: [{ kind: 'no-world', message: 'secret-node-name' }] }
    expect(await ask('/healthz')).toEqual([503, 'a round hangs\n'])
    expect(await ask('/ready')).toEqual([503, 'not ready: no-world\n'])
  })

  it.each(['/status', '/liveness', '/readyz', '/', '/metrics/../status'])('do not give away %s', async (target) => {
    await serve()
    expect((await ask(target))[0]).toBe(404)
  })

  it('take no word from anybody', async () => {
    await serve()
    for (const method of ['PUT', 'POST', 'DELETE']) expect((await ask('/liveness', method))[0]).toBe(405)
  })

  it('wait for a port that another program has, and say so meanwhile', async () => {
    const other = await listen(port)
    const { findings } = await serve()
    expect(findings()).toEqual([
      {
        severity: 'warning',
        type: 'MetricsNotServed',
        message: expect.stringMatching(/^cannot serve metrics at 127\.0\.0\.1:\d+: EADDRINUSE/),
      },
    ])
    await new Promise((resolve) => other.close(resolve))
    await clock.turn(30_000)
    await expect.poll(findings).toEqual([])
    expect(await ask('/metrics')).toEqual([200, 'damask_ready 1\n'])
  })

  it('end with the agent, also while they wait for the port', async () => {
    const other = await listen(port)
    await (await serve()).close()
    await new Promise((resolve) => other.close(resolve))
    await clock.turn(60_000)
    await expect(ask('/metrics')).rejects.toThrow()
  })
})

function listen(at: number): Promise<Server> {
  const other = createServer()
  return new Promise((resolve) => other.listen(at, '127.0.0.1', () => resolve(other)))
}

async function freePort(): Promise<number> {
  const other = await listen(0)
  const address = other.address()
  await new Promise((resolve) => other.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
