import { describe, expect, test } from 'vitest'
import { parseAddress, parsePrefix } from '../model/index.ts'
import { refusal } from './firewall.ts'
import type { Packet } from './packet.ts'
import type { FirewallRule } from './underlay.ts'

const packet: Packet = {
  family: 4,
  source: parseAddress('10.0.0.1'),
  destination: parseAddress('10.0.0.2'),
  protocol: 'udp',
  destinationPort: 53,
  sizeBytes: 100,
  mark: 0,
}
const ask = (rule: Omit<FirewallRule, 'verdict'>, one: Packet = packet) =>
  refusal({ rules: [{ verdict: 'drop', ...rule }], otherwise: 'accept' }, one, 'a filter')

describe('a filter that is not ours', () => {
  test('lets all through where there is none', () => {
    expect(refusal(undefined, packet, 'a filter')).toBeUndefined()
  })

  test.each([
    [{ protocol: 'udp' }, { protocol: 'tcp' }],
    [{ port: 53 }, { port: 54 }],
    [{ from: parsePrefix('10.0.0.1/32') }, { from: parsePrefix('10.0.0.2/32') }],
    [{ to: parsePrefix('10.0.0.2/32') }, { to: parsePrefix('10.0.0.1/32') }],
  ] as const)('a rule wants all that it names: %j', (fits, doesNot) => {
    expect(ask({ ...fits, name: 'ours' })).toBe('ours does not let UDP port 53 through')
    expect(ask(doesNot)).toBeUndefined()
    expect(ask({ ...fits, port: 99 })).toBeUndefined()
  })

  test('the first rule that fits decides, else what is said for the rest', () => {
    const rules = [{ verdict: 'accept' as const, port: 53 }, { verdict: 'drop' as const }]
    expect(refusal({ rules, otherwise: 'drop' }, packet, 'a filter')).toBeUndefined()
    expect(refusal({ rules: [], otherwise: 'drop' }, packet, 'a filter')).toBe(
      'a filter does not let UDP port 53 through',
    )
  })

  test('answers were let through with what they answer', () => {
    const answer = { node: 'x', address: packet.source, translations: [], trackedBy: new Set<string>() }
    expect(ask({}, { ...packet, answer })).toBeUndefined()
  })

  test('a packet is named by its protocol, and its port where it has one', () => {
    const { destinationPort: _, ...portless } = packet
    expect(ask({}, { ...portless, protocol: 'icmp' })).toBe('a filter does not let ICMP through')
    expect(ask({}, { ...portless, protocol: 'ipip', payload: { kind: 'ipip', inner: packet } })).toBe(
      'a filter does not let IPIP through',
    )
  })
})
