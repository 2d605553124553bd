import { describe, expect, it } from 'vitest'
import type { AgentStatus } from '../agent/index.ts'
import { renderStatus } from './status-text.ts'
import { formatBytes } from './status-units.ts'

const NOW = 1_800_000_000_000

const STATUS: AgentStatus = {
  node: 'aws-1',
  site: 'aws',
  role: 'gateway',
  slot: 2,
  publicKey: 'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=',
  wireguard: 'wireguard-go',
  startedAt: NOW - 300_000,
  ready: {
    ready: true,
    converged: false,
    reasons: [{ kind: 'no-handshake', message: 'no handshake with home-1 on damask-t1 yet' }],
  },
  world: { source: 'store', revision: '0123456789ab', nodes: 3 },
  store: { kind: 'read', since: NOW - 300_000 },
  underlay: { link: 'eth0', mtuBytes: 1500 },
  devices: [
    { name: 'damask0', kind: 'dummy', mtuBytes: 1390, addresses: ['10.42.1.1'] },
    {
      name: 'damask-t1',
      kind: 'wireguard',
      mtuBytes: 1440,
      addresses: ['10.42.1.1', 'fd42::1'],
      listenPort: 51820,
      legs: { total: 2, alive: 2 },
    },
  ],
  peers: [
    {
      node: 'gcp-1',
      publicKey: 'k',
      link: 'damask-t1',
      endpoint: '198.51.100.11:51820',
      secondsSinceHandshake: 12,
      receivedBytes: 1536,
      sentBytes: 900,
      allowedIps: ['10.42.4.0/23'],
    },
    {
      node: 'home-1',
      publicKey: 'l',
      link: 'damask-t1',
      receivedBytes: 0,
      sentBytes: 0,
      allowedIps: ['10.42.7.0/24'],
    },
  ],
  routes: [{ table: 218, to: '10.42.4.0/23', target: 'nhid 3661627393 src 10.42.1.1' }],
  hostNames: [],
  drift: { total: 2, latest: [{ at: NOW - 5000, op: 'create', entry: 'route 218 10.42.4.0/23' }] },
  failures: [],
  pods: [{ name: 'default/web', containerId: 'abc', link: 'dmk0123', addresses: ['10.42.1.2'], hasLink: true }],
  findings: [],
  issues: [],
}

describe('the status as text', () => {
  it('reads as tables', () => {
    expect(renderStatus(STATUS, NOW)).toBe(
      `node         aws-1, gateway of site aws, slot 2
ready        yes
converged    no
public key   hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=
wireguard    wireguard-go
underlay     eth0, 1500 bytes
world        0123456789ab from store, 3 nodes
store        read for 5 min
running for  5 min

not converged
  no handshake with home-1 on damask-t1 yet

devices
  name       kind       mtu   port   legs  addresses
  damask0    dummy      1390  -      -     10.42.1.1
  damask-t1  wireguard  1440  51820  2     10.42.1.1 fd42::1

peers
  node    endpoint             handshake  received  sent   allowed IPs
  gcp-1   198.51.100.11:51820  12 s ago   1.5 KiB   900 B  10.42.4.0/23
  home-1  -                    never      0 B       0 B    10.42.7.0/24

routes
  table  to            target
  218    10.42.4.0/23  nhid 3661627393 src 10.42.1.1

pods
  pod          link     addresses
  default/web  dmk0123  10.42.1.2

drift: 2 put back
  5 s ago  create  route 218 10.42.4.0/23`,
    )
  })

  const linesOf = (fields: Partial<AgentStatus>): string => renderStatus({ ...STATUS, ...fields }, NOW)

  it('says what to give another network on top of a virtual LAN', () => {
    const text = linesOf({ lan: { address: '172.16.0.1', mtuBytes: 1440, vxlanMtuBytes: 1390 } })
    expect(text).toMatch(/^lan +172\.16\.0\.1$/m)
    expect(text).toMatch(/^MTU for another network on top +1440 \(inside a vxlan of its own: 1390\)$/m)
  })

  it('says who is taken for dead, by whom, and what of a device is left', () => {
    const text = linesOf({
      liveness: { deadNodes: ['b1'], deadLegs: [['a1', 'b2']], source: 'by hand' },
      devices: [{ name: 'damask-t2', kind: 'wireguard', mtuBytes: 1440, addresses: [], legs: { total: 3, alive: 1 } }],
    })
    expect(text).toMatch(/^taken for dead +b1, leg a1-b2, by hand$/m)
    expect(text).toMatch(/^ {2}damask-t2 +wireguard +1440 +- +1 alive of 3$/m)
  })

  it('says what the machine has in place of its private address, and that IPv6 is narrower', () => {
    const { underlay: _, ...nowhere } = STATUS
    const missingUnderlay = { privateAddresses: ['10.0.0.5'], found: ['eth0 10.9.0.5/24', 'eth1 10.8.0.5/24'] }
    expect(renderStatus({ ...nowhere, missingUnderlay }, NOW)).toMatch(
      /^underlay +missing: no link has 10\.0\.0\.5; there is eth0 10\.9\.0\.5\/24, eth1 10\.8\.0\.5\/24$/m,
    )
    expect(renderStatus(nowhere, NOW)).toMatch(/^underlay +unknown: this node has no private address$/m)
    expect(linesOf({ underlay: { link: 'eth0', mtuBytes: 1500, ipv6MtuBytes: 1400 } })).toMatch(
      /^underlay +eth0, 1500 bytes \(IPv6: 1400\)$/m,
    )
  })

  it('says where names were found, and what is wrong with them and with pods', () => {
    const text = linesOf({
      ready: { ready: true, converged: true, reasons: [{ kind: 'name-unresolved', message: 'cannot resolve gw' }] },
      hostNames: [{ name: 'gw', nodes: ['b1', 'b2'], addresses: ['198.51.100.7'], error: 'nobody knows this name' }],
      podsError: 'pods.journal:3: this line is damaged',
    })
    expect(text).toMatch(/^converged, but\n {2}cannot resolve gw$/m)
    expect(text).toMatch(/^ {2}gw +b1 b2 +198\.51\.100\.7 +nobody knows this name$/m)
    expect(text).toMatch(/^pods +none is added or deleted: pods\.journal:3: this line is damaged$/m)
  })

  it('writes bytes in the unit that fits', () => {
    expect([0, 1023, 1024, 1024 ** 2 * 1.5, 1024 ** 4 * 9000].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 MiB',
      '9000.0 TiB',
    ])
  })
})
