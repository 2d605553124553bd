import { describe, expect, it } from 'vitest'
import { parseAddress } from '../model/index.ts'
import { renderMatrix, renderResult } from './matrix.ts'
import { type End, type Failed, pairsOf } from './probe-end.ts'

const end = (node: string, nth: number): End => ({
  name: `${node}-${nth}`,
  node,
  namespace: '',
  link: 'eth0',
  addresses: [parseAddress('10.0.0.1'), parseAddress('fd00::1')],
  mtuBytes: 1400,
})
const pairs = pairsOf([end('aws', 1), end('gcp', 1), end('gcp', 2)])
const failed: Failed[] = [
  { from: 'aws-1', to: 'gcp-2', family: 6, probe: 'echo-full-mtu', reason: '1400 bytes: no answer (3 tries)' },
  { from: 'aws-1', to: 'gcp-2', family: 6, probe: 'tcp', reason: 'no connection' },
]

describe('renderMatrix', () => {
  it('has a row a sender, a column a receiver, and says where fewer arrived than were tried', () => {
    expect(renderMatrix(pairs, failed)).toBe(
      [
        'from \\ to  aws-1  gcp-1  gcp-2',
        'aws-1          -      2    1/2',
        'gcp-1          2      -      2',
        'gcp-2          2      2      -',
      ].join('\n'),
    )
  })

  it('sums up by node where the ends are many', () => {
    const many = pairsOf(Array.from({ length: 11 }, (_, nth) => [end('aws', nth), end('gcp', nth)]).flat())
    expect(renderMatrix(many, [])).toBe(
      ['from \\ to  aws  gcp', 'aws        220  242', 'gcp        242  220'].join('\n'),
    )
  })
})

describe('renderResult', () => {
  const text = renderResult(
    {
      ok: false,
      pairs: 12,
      failed,
      clearTextPackets: 7,
      internetBytes: 1234,
      internetBytesByClouds: { 'aws>gcp': 1234 },
      internetBytesIfAllPublic: 5678,
      wireguard: 'wireguard-go',
      seconds: { up: 1.5, converged: 2, down: 0.3 },
    },
    pairs,
    ['10.42.1.1 > 10.42.2.2 udp'],
  )

  it('counts a pair once, however many of its probes failed', () => {
    expect(text).toContain('11 of 12 pairs arrived')
  })

  it('names what failed, the meter, what was heard, and which WireGuard', () => {
    expect(text).toContain('  aws-1 -> gcp-2 IPv6 tcp: no connection\n')
    expect(text).toContain('  aws > gcp  1234\n')
    expect(text).toContain('7 packets in the clear\n  10.42.1.1 > 10.42.2.2 udp\n')
    expect(text).toContain('wireguard: wireguard-go\n')
  })
})
