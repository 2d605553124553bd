import { describe, expect, test } from 'vitest'
import { type BadInput, issuesOf } from './world.fixture.ts'

const NOWHERE = 'which no machine elsewhere can be reached by; take another'

const CASES: readonly BadInput[] = [
  [
    'a lan of loopback',
    [
      ['  encryption: required', '  encryption: required\n  lan: 127.5.0.0/16'],
      ['  gateway: allow', '  gateway: allow\n  lan: 127.5.0.1'],
      ['[10.42.2.0/24]', '[10.42.2.0/24]\n  lan: 127.5.0.2'],
      ['[10.42.3.0/24]', '[10.42.3.0/24]\n  lan: 127.5.0.3'],
    ],
    [`w.yaml:10:8: spec.lan of Network/default: 127.5.0.0/16 is in 127.0.0.0/8 (loopback), ${NOWHERE}`],
  ],
  [
    'pods and services where nobody is',
    [
      ['[10.42.0.0/16, "fd42:42::/48"]', '[10.42.0.0/16, "fd42:42::/48", 169.254.0.0/17, "fe80::/64", 192.0.0.0/2]'],
      ['[10.43.0.0/16]', '["ff02::/16"]'],
    ],
    [
      `w.yaml:5:47: spec.podPrefixes[2] of Network/default: 169.254.0.0/17 is in 169.254.0.0/16 (link-local), ${NOWHERE}`,
      `w.yaml:5:63: spec.podPrefixes[3] of Network/default: fe80::/64 is in fe80::/10 (link-local), ${NOWHERE}`,
      `w.yaml:5:76: spec.podPrefixes[4] of Network/default: 192.0.0.0/2 holds 224.0.0.0/4 (multicast), ${NOWHERE}`,
      `w.yaml:6:21: spec.servicePrefixes[0] of Network/default: ff02::/16 is in ff00::/8 (multicast), ${NOWHERE}`,
    ],
  ],
  [
    'private addresses and endpoints where nobody is',
    [
      ['[172.31.0.11/20]', '[127.0.0.1/8, "fe80::1/64"]'],
      ['203.0.113.11', '0.0.0.0'],
      ['203.0.113.12', '"::1"'],
    ],
    [
      `w.yaml:23:22: spec.privateAddresses[0] of Node/aws-1: 127.0.0.1 is in 127.0.0.0/8 (loopback), ${NOWHERE}`,
      `w.yaml:23:35: spec.privateAddresses[1] of Node/aws-1: fe80::1 is in fe80::/10 (link-local), ${NOWHERE}`,
      `w.yaml:24:21: spec.endpoint.host of Node/aws-1: 0.0.0.0 is in 0.0.0.0/8 ("this network"), ${NOWHERE}`,
      `w.yaml:34:21: spec.endpoint.host of Node/aws-2: ::1 is in ::1/128 (loopback), ${NOWHERE}`,
    ],
  ],
  [
    'offers of what is nowhere',
    [['  gateway: allow', '  gateway: allow\n  offeredPrefixes: ["fe80::/10", 224.0.0.0/4, 255.255.255.255/32]']],
    [
      `w.yaml:27:21: spec.offeredPrefixes[0] of Node/aws-1: fe80::/10 is in fe80::/10 (link-local), ${NOWHERE}`,
      `w.yaml:27:34: spec.offeredPrefixes[1] of Node/aws-1: 224.0.0.0/4 is in 224.0.0.0/4 (multicast), ${NOWHERE}`,
      `w.yaml:27:47: spec.offeredPrefixes[2] of Node/aws-1: 255.255.255.255/32 is in 240.0.0.0/4 (reserved, and broadcast), ${NOWHERE}`,
    ],
  ],
  [
    'half of the internet, what a cloud tells its machines, and a link-local private address',
    [
      ['  gateway: allow', '  gateway: allow\n  offeredPrefixes: [128.0.0.0/1, 169.254.169.254/32]'],
      ['10.128.0.11/24', '169.254.7.11/24'],
    ],
    [],
  ],
  [
    'no ports at all',
    [['port: 51820 }', 'port: 51820, ports: [] }']],
    [
      'w.yaml:24:55: spec.endpoint.ports is an empty list; expected at least one port, that of the first slot; without `ports` they follow `port`',
    ],
  ],
]

describe('addresses that no machine has', () => {
  test.each(CASES)('%s', async (_, edits, expected) => {
    expect(await issuesOf(edits)).toEqual(expected)
  })
})
