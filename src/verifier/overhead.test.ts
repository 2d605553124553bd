import { describe, expect, test } from 'vitest'
import { type Family, type PublicKey, parseAddress } from '../model/index.ts'
import { innermostRoom, wrappedBytes } from './overhead.ts'
import type { Packet, Payload } from './packet.ts'

const key = 'key' as PublicKey
const packetOf = (family: Family, sizeBytes: number, payload?: Payload): Packet => {
  const address = parseAddress(family === 4 ? '192.0.2.1' : '2001:db8::1')
  const ends = { source: address, destination: address }
  return { family, ...ends, protocol: 'udp', sizeBytes, mark: 0, ...(payload && { payload }) }
}
const wireguard = (inner: Packet, deviceMtuBytes = 1440): Payload => ({ kind: 'wireguard', key, inner, deviceMtuBytes })
const vxlan = (inner: Packet): Payload => ({ kind: 'vxlan', inner, networkIdentifier: 1, hardwareAddress: '' })

describe('bytes of the outer packet', () => {
  const inner = packetOf(4, 100)

  test.each([
    ['wireguard', wireguard(inner), 172, 192],
    ['handshake', { kind: 'handshake', key }, 176, 196],
    ['vxlan', vxlan(inner), 150, 170],
    ['ipip', { kind: 'ipip', inner }, 120, 140],
  ] as const)('%s', (_, payload, four, six) => {
    expect(wrappedBytes(payload, 4)).toBe(four)
    expect(wrappedBytes(payload, 6)).toBe(six)
  })

  test('WireGuard fills up to blocks of 16, and not past its MTU', () => {
    const bytes = (size: number) => wrappedBytes(wireguard(packetOf(4, size), 1420), 4) - 60
    expect([96, 97, 112, 1409, 1420].map(bytes)).toEqual([96, 112, 112, 1420, 1420])
  })
})

describe('the largest packet inside of a limit', () => {
  test('is the limit where nothing is wrapped', () => {
    expect(innermostRoom(packetOf(4, 100), 1500)).toBe(1500)
    expect(innermostRoom(packetOf(4, 100, { kind: 'handshake', key }), 1500)).toBe(1500)
  })

  test.each([
    ['vxlan', vxlan(packetOf(4, 100)), 1450, 1430],
    ['ipip', { kind: 'ipip', inner: packetOf(4, 100) }, 1480, 1460],
    ['wireguard in whole blocks', wireguard(packetOf(4, 100), 1441), 1440, 1408],
    ['wireguard up to its MTU', wireguard(packetOf(4, 100), 1420), 1420, 1420],
    ['one in the other', vxlan(packetOf(4, 100, wireguard(packetOf(4, 100), 9000))), 1376, 1360],
  ] as const)('%s', (_, payload, four, six) => {
    expect(innermostRoom(packetOf(4, 1000, payload), 1500)).toBe(four)
    expect(innermostRoom(packetOf(6, 1000, payload), 1500)).toBe(six)
  })
})
