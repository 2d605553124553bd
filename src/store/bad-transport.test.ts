// Fabrics and ports that cannot carry what they are to carry.
import { describe, expect, test } from 'vitest'
import { type BadInput, issuesOf } from './world.fixture.ts'

const AWS = 'spec: { fabric: { kind: vxlan } }'
const NETWORK = 'fabric: { kind: direct }'
/** Only with pods of IPv4. */
const IPV4: BadInput[1] = [
  ['podPrefixes: [10.42.0.0/16, "fd42:42::/48"]', 'podPrefixes: [10.42.0.0/16]'],
  ['[10.42.1.0/24, "fd42:42:0:1::/64"]', '[10.42.1.0/24]'],
]
const GATEWAYS = 'gatewaysPerSite: 1'
const ONE: readonly [string, string] = ['{ host: 203.0.113.11, port: 51820 }', '{ host: 203.0.113.11, port: 8470 }']

const CASES: readonly BadInput[] = [
  ['ipip with pods of IPv4', [...IPV4, [AWS, 'spec: { fabric: { kind: ipip } }']], []],
  [
    'ipip where each site is one node',
    [
      ['{ by: field }', '{ by: node }'],
      [NETWORK, 'fabric: { kind: ipip }'],
      [
        '  podsPerNode',
        '  nodes: { aws-1: { cloud: aws }, aws-2: { cloud: aws }, gcp-1: { cloud: gcp } }\n  podsPerNode',
      ],
      [`---\napiVersion: damask.dev/v1alpha1\nkind: Site\nmetadata: { name: aws }\n${AWS}\n`, ''],
    ],
    [],
  ],
  [
    'ipip of a site with IPv6 pods',
    [[AWS, 'spec: { fabric: { kind: ipip, encapsulate: cross-subnet } }']],
    [
      'w.yaml:16:25: spec.fabric.kind of Site/aws: ipip carries IPv4 over IPv4 alone, and in site aws spec.podPrefixes[1] of Node/aws-1 is of IPv6; take vxlan; the other is at w.yaml:25:31',
    ],
  ],
  [
    'ipip of the network with a node without IPv4',
    [...IPV4, [NETWORK, 'fabric: { kind: ipip }'], [AWS, 'spec: {}'], ['172.31.0.12/20', '"fd00::12/64"']],
    [
      'w.yaml:8:19: spec.fabric.kind of Network/default: ipip carries IPv4 over IPv4 alone, and in site aws Node/aws-2 has no private IPv4 address; take vxlan; the other is at w.yaml:33:21',
    ],
  ],
  ['ports for each gateway of the other site', [['port: 51820 }', 'port: 51820, ports: [51820] }']], []],
  [
    'too few ports for the gateways of another site',
    [
      [GATEWAYS, 'gatewaysPerSite: 2'],
      ['site: gcp\n', 'site: gcp\n  endpoint: { host: 203.0.113.13, port: 40001, ports: [40001] }\n'],
    ],
    [
      'w.yaml:42:55: warning: spec.endpoint.ports of Node/gcp-1 names 1 port, and other sites have up to 2 gateways: name 2, or slot 2 reaches port 40002',
    ],
  ],
  [
    'one port where the other site has one node',
    [
      [GATEWAYS, 'gatewaysPerSite: 2'],
      ['203.0.113.11, port: 51820', '203.0.113.11, port: 51820, ports: [51820]'],
    ],
    [],
  ],
  [
    'tunnels beyond the last port',
    [
      [GATEWAYS, 'gatewaysPerSite: 3\n  tunnel: { kind: wireguard, port: 65534 }'],
      ['203.0.113.12, port: 51820', '203.0.113.12, port: 65534'],
    ],
    [
      'w.yaml:11:36: spec.tunnel.port of Network/default: tunnels would take UDP ports 65534 to 65536, and 65535 is the last; take a lower one',
      'w.yaml:35:41: spec.endpoint.port of Node/aws-2: tunnels would take UDP ports 65534 to 65536, and 65535 is the last; take a lower one',
    ],
  ],
  ['tunnels up to the last port', [[GATEWAYS, `${GATEWAYS}\n  tunnel: { kind: wireguard, port: 65535 }`]], []],
  [
    'fabric wireguard beyond the last port',
    [
      [GATEWAYS, `${GATEWAYS}\n  tunnel: { kind: wireguard, port: 65520 }`],
      [AWS, 'spec: { fabric: { kind: wireguard } }'],
      ['endpoint: { host: 203.0.113.11, port: 51820 }\n', 'gateway: never\n'],
      ['  gateway: allow\n', ''],
    ],
    [
      'w.yaml:11:36: spec.tunnel.port of Network/default: fabric wireguard of site aws would take UDP port 65536, and 65535 is the last; take a lower one',
    ],
  ],
  [
    'tunnels and vxlan on one port',
    [ONE, [GATEWAYS, 'gatewaysPerSite: 3'], [AWS, 'spec: { fabric: { kind: vxlan, port: 8472 } }']],
    [
      'w.yaml:24:41: spec.endpoint.port of Node/aws-1: tunnels take UDP ports 8470 to 8472, and fabric vxlan of site aws takes port 8472; take another for one of them; the other is at w.yaml:16:38',
    ],
  ],
  [
    "tunnels on the ports of fabric wireguard, which are 16 above the network's",
    [
      ['203.0.113.12, port: 51820', '203.0.113.12, port: 51836'],
      [AWS, 'spec: { fabric: { kind: wireguard } }'],
    ],
    [
      'w.yaml:34:41: spec.endpoint.port of Node/aws-2: tunnels take UDP port 51836, and fabric wireguard of site aws takes port 51836; take another for one of them; the other is at w.yaml:5:3',
    ],
  ],
  ['tunnels up to the port before that of vxlan', [ONE, [GATEWAYS, 'gatewaysPerSite: 2']], []],
]

describe('what cannot be carried is one issue with its place', () => {
  test.each(CASES)('%s', async (_, edits, expected) => {
    expect(await issuesOf(edits)).toEqual(expected)
  })
})
