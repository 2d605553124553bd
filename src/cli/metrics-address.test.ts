import { expect, it } from 'vitest'
import { parseMetricsAddress } from './metrics-address.ts'

it.each([
  ['127.0.0.1:9218', { host: '127.0.0.1', port: 9218 }],
  ['[fd00::1]:9218', { host: 'fd00::1', port: 9218 }],
  // As a pod's manifest makes it of $(HOST_IP):9218.
  ['fd00::1:9218', { host: 'fd00::1', port: 9218 }],
  [':9218', { port: 9218 }],
])('an address for metrics may be written as %s', (text, address) => {
  expect(parseMetricsAddress(text)).toEqual(address)
})

it.each(['9218', 'node-1:9218', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:70000', '127.0.0.1:', ':'])(
  'an address for metrics is not %s',
  (text) => {
    expect(() => parseMetricsAddress(text)).toThrow('write an address and a port')
  },
)
