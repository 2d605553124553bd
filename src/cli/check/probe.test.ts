// The probes against their own server, over the loopback.

import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probeTcp, probeUdp } from './probe.ts'
import { type ProbeServer, serveProbes } from './probe-server.ts'

let server: ProbeServer
beforeAll(async () => {
  server = await serveProbes('here', 0)
})
afterAll(() => server.close())

describe.each(['127.0.0.1', '::1'])('over %s', (address) => {
  test('TCP brings all back, and who answered whom', async () => {
    expect(await probeTcp({ address, port: server.port })).toEqual({ greeting: { node: 'here', sees: address } })
  })
  test.each([64, 1400])('a datagram of %d bytes comes back', async (bytes) => {
    expect(await probeUdp({ address, port: server.port }, { bytes, burst: 3, tries: 1 })).toBeUndefined()
  })
})

test('where nobody listens the reason is the one of the system', async () => {
  const closed = await serveProbes('gone', 0)
  closed.close()
  expect(await probeTcp({ address: '127.0.0.1', port: closed.port }, 300)).toEqual({ failure: 'ECONNREFUSED' })
  expect(await probeUdp({ address: '127.0.0.1', port: closed.port }, { bytes: 64, burst: 1, tries: 1 })).toBe(
    'no answer',
  )
})

test('a connection on which nothing comes back is told from none', async () => {
  const deaf = createServer(() => {}).listen(0, '127.0.0.1')
  await once(deaf, 'listening')
  const address = deaf.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  expect(await probeTcp({ address: '127.0.0.1', port }, 300)).toEqual({
    failure: 'connected, and then 0 of 65536 bytes came back',
  })
  deaf.close()
})
