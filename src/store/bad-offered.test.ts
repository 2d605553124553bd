import { describe, expect, test } from 'vitest'
import { type BadInput, issuesOf } from './world.fixture.ts'

type Edits = BadInput[1]

/** Lines 27 and 37. */
const offer = (aws1: string, aws2: string): Edits => [
  ['  gateway: allow', `  gateway: allow\n  offeredPrefixes: [${aws1}]`],
  ['  podPrefixes: [10.42.2.0/24]', `  podPrefixes: [10.42.2.0/24]\n  offeredPrefixes: [${aws2}]`],
]
const LAN: Edits = [
  ['  encryption: required', '  encryption: required\n  lan: 172.16.0.0/12'],
  ['10.128.0.11/24', '172.20.0.11/24'],
]

const CASES: readonly BadInput[] = [
  [
    'longer prefixes inside one another, and around machines',
    offer('192.168.0.0/16, 172.31.0.0/20', '192.168.7.0/24'),
    [],
  ],
  ['one that holds the lan or is inside it', [...LAN, ...offer('172.0.0.0/8', '172.16.7.0/24')], []],
  [
    'the same of two nodes',
    offer('192.168.7.0/24', '192.168.6.0/24, 192.168.7.0/24'),
    [
      'w.yaml:37:37: spec.offeredPrefixes[1] of Node/aws-2: 192.168.7.0/24 is also spec.offeredPrefixes[0] of Node/aws-1; the other is at w.yaml:27:21',
    ],
  ],
  [
    'the same twice of one node',
    offer('192.168.7.0/24, 192.168.7.0/24', ''),
    [
      'w.yaml:27:37: spec.offeredPrefixes[1] of Node/aws-1: 192.168.7.0/24 is also spec.offeredPrefixes[0]; the other is at w.yaml:27:21',
    ],
  ],
  [
    'default routes',
    offer('0.0.0.0/0, "::/0"', '0.0.0.0/0'),
    [
      'w.yaml:27:21: spec.offeredPrefixes[0] of Node/aws-1: 0.0.0.0/0 is a default route, and those are not offered; name the networks behind the node',
      'w.yaml:27:32: spec.offeredPrefixes[1] of Node/aws-1: ::/0 is a default route, and those are not offered; name the networks behind the node',
      'w.yaml:37:21: spec.offeredPrefixes[0] of Node/aws-2: 0.0.0.0/0 is a default route, and those are not offered; name the networks behind the node',
    ],
  ],
  [
    'pods, services and what is around them',
    offer('10.42.1.0/24, 10.43.0.0/16', '10.0.0.0/8'),
    [
      'w.yaml:27:21: spec.offeredPrefixes[0] of Node/aws-1: 10.42.1.0/24 overlaps 10.42.0.0/16, spec.podPrefixes[0] of Network/default; the other is at w.yaml:5:17',
      'w.yaml:27:35: spec.offeredPrefixes[1] of Node/aws-1: 10.43.0.0/16 is also spec.servicePrefixes[0] of Network/default; the other is at w.yaml:6:21',
      'w.yaml:37:21: spec.offeredPrefixes[0] of Node/aws-2: 10.0.0.0/8 overlaps 10.42.0.0/16, spec.podPrefixes[0] of Network/default; the other is at w.yaml:5:17',
    ],
  ],
  [
    "one address that is a machine's in the lan",
    [...LAN, ...offer('172.20.0.11/32', '')],
    [
      'w.yaml:28:21: spec.offeredPrefixes[0] of Node/aws-1: 172.20.0.11/32 is already the lan address of Node/gcp-1; the other is at w.yaml:45:22',
    ],
  ],
  [
    "one address that is a machine's, where private addresses are joined",
    [
      ['  encryption: required', '  encryption: required\n  joinPrivateAddresses: true'],
      ...offer('10.128.0.11/32', ''),
    ],
    [
      'w.yaml:28:21: spec.offeredPrefixes[0] of Node/aws-1: 10.128.0.11/32 is already a private address of Node/gcp-1; the other is at w.yaml:45:22',
    ],
  ],
  ["one address that is a machine's, where they are not", offer('10.128.0.11/32', ''), []],
]

describe('what cannot be offered is one issue with its place', () => {
  test.each(CASES)('%s', async (_, edits, expected) => {
    expect(await issuesOf(edits)).toEqual(expected)
  })
})
