import { describe, expect, test } from 'vitest'
import { type BadInput, issuesOf } from './world.fixture.ts'

type Edits = BadInput[1]

const LAN: Edits = [['  encryption: required', '  encryption: required\n  lan: 10.7.0.0/16']]
/** Lines 28, 38 and 47. */
const lan = (aws1: string, aws2: string, gcp1: string): Edits => [
  ...LAN,
  ['  gateway: allow', `  gateway: allow\n  lan: ${aws1}`],
  ['  podPrefixes: [10.42.2.0/24]', `  podPrefixes: [10.42.2.0/24]\n  lan: ${aws2}`],
  ['  podPrefixes: [10.42.3.0/24]', `  podPrefixes: [10.42.3.0/24]\n  lan: ${gcp1}`],
]
/** The range holds the machines' own addresses. */
const OWN: Edits = [['  encryption: required', '  encryption: required\n  lan: 172.16.0.0/12']]
const GCP: readonly [string, string] = ['10.128.0.11/24', '172.20.0.11/24']

const CASES: readonly BadInput[] = [
  ['addresses inside the lan', lan('10.7.0.1', '10.7.0.2', '10.7.0.3'), []],
  ["machines' own addresses inside the lan, and their subnets", [...OWN, GCP], []],
  [
    'a lan address outside the lan',
    lan('10.8.0.1', '10.7.0.2', '10.7.0.3'),
    ["w.yaml:28:8: spec.lan of Node/aws-1: 10.8.0.1 is outside; the Network's lan is 10.7.0.0/16"],
  ],
  [
    'a lan address without a lan',
    [['  gateway: allow', '  gateway: allow\n  lan: 10.8.0.1']],
    ['w.yaml:27:8: spec.lan of Node/aws-1: 10.8.0.1 is outside; the Network has no lan'],
  ],
  [
    'a machine without an address in the lan',
    OWN,
    [
      'w.yaml:41:1: Node/gcp-1 needs spec.lan, an address of its own in 172.16.0.0/12: no private address of it is inside',
    ],
  ],
  [
    'two nodes with one lan address',
    lan('10.7.0.1', '10.7.0.2', '10.7.0.1'),
    [
      'w.yaml:47:8: spec.lan of Node/gcp-1: 10.7.0.1 is already the lan address of Node/aws-1; the other is at w.yaml:28:8',
    ],
  ],
  [
    "a lan address that is another machine's own",
    [...OWN, ['[10.42.3.0/24]', '[10.42.3.0/24]\n  lan: 172.31.0.12']],
    [
      'w.yaml:45:8: spec.lan of Node/gcp-1: 172.31.0.12 is already the lan address of Node/aws-2; the other is at w.yaml:34:22',
    ],
  ],
  [
    'a lan address that another machine has besides its own',
    [
      ...OWN,
      ['[10.42.2.0/24]', '[10.42.2.0/24]\n  lan: 172.16.0.2'],
      ['[10.42.3.0/24]', '[10.42.3.0/24]\n  lan: 172.31.0.12'],
    ],
    [
      'w.yaml:46:8: spec.lan of Node/gcp-1: 172.31.0.12 is already a private address of Node/aws-2; the other is at w.yaml:34:22',
    ],
  ],
  [
    'machines of two sites with one address inside the lan',
    [...OWN, [GCP[0], '172.31.0.11/20']],
    [
      'w.yaml:43:22: spec.privateAddresses[0] of Node/gcp-1: 172.31.0.11 is already the lan address of Node/aws-1; give one of them a spec.lan; the other is at w.yaml:24:22',
    ],
  ],
  [
    'machines of two sites with one address inside the lan, and a lan address each',
    [
      ...OWN,
      [GCP[0], '172.31.0.11/20'],
      ['  gateway: allow', '  gateway: allow\n  lan: 172.16.0.1'],
      ['[10.42.3.0/24]', '[10.42.3.0/24]\n  lan: 172.16.0.3'],
    ],
    [],
  ],
  [
    'the first and the last address of the lan',
    lan('10.7.0.0', '10.7.255.255', '10.7.0.3'),
    [
      'w.yaml:28:8: spec.lan of Node/aws-1: 10.7.0.0 is the network address of the lan 10.7.0.0/16; take another',
      'w.yaml:38:8: spec.lan of Node/aws-2: 10.7.255.255 is the broadcast address of the lan 10.7.0.0/16; take another',
    ],
  ],
  [
    'a lan inside the pod prefixes',
    [
      ['  encryption: required', '  encryption: required\n  lan: 10.42.3.0/24'],
      ['  gateway: allow', '  gateway: allow\n  lan: 10.42.3.1'],
      ['[10.42.2.0/24]', '[10.42.2.0/24]\n  lan: 10.42.3.2'],
      ['[10.42.3.0/24]', '[10.42.4.0/24]\n  lan: 10.42.3.3'],
    ],
    [
      'w.yaml:5:17: spec.podPrefixes[0] of Network/default: 10.42.0.0/16 overlaps 10.42.3.0/24, spec.lan; the other is at w.yaml:10:8',
    ],
  ],
  [
    'a lan that is also of services',
    lan('10.7.0.1', '10.7.0.2', '10.7.0.3').with(0, [
      'servicePrefixes: [10.43.0.0/16]\n',
      'servicePrefixes: [10.7.0.0/16]\n  lan: 10.7.0.0/16\n',
    ]),
    [
      'w.yaml:7:8: spec.lan of Network/default: 10.7.0.0/16 is also spec.servicePrefixes[0]; the other is at w.yaml:6:21',
    ],
  ],
]

describe('a lan that cannot be is one issue with its place', () => {
  test.each(CASES)('%s', async (_, edits, expected) => {
    expect(await issuesOf(edits)).toEqual(expected)
  })
})
