// A packet filter with a condition and a verdict of every kind, for the tests of this room.
import { type Because, type FilterTable, filterTable, parseAddress, parsePrefix } from '../model/index.ts'

export const exampleFilter = (because: readonly Because[]): FilterTable =>
  filterTable({
    name: 'damask',
    sets: [
      {
        name: 'known4',
        family: 4,
        elements: ['10.42.1.0/24', '10.42.2.0/23', '10.42.4.0/22', '10.42.8.5/32', '10.42.8.6/31'].map(parsePrefix),
      },
      { name: 'known6', family: 6, elements: ['fd42:42:0:1::/64', 'fd42:42:0:2::1/128'].map(parsePrefix) },
      { name: 'hop4', family: 4, elements: ['172.31.0.21/32', '172.31.0.22/32'].map(parsePrefix) },
      { name: 'hop6', family: 6, elements: [] },
    ],
    chains: [
      {
        name: 'transit',
        type: 'filter',
        hook: 'prerouting',
        priority: -300,
        rules: [
          {
            when: [
              { kind: 'address', family: 4, field: 'source', in: 'known4' },
              { kind: 'address', family: 4, field: 'destination', not: true, in: parsePrefix('10.42.1.0/24') },
            ],
            verdict: { kind: 'notrack' },
            comment: 'transit is stateless',
          },
        ],
      },
      {
        name: 'forward',
        type: 'filter',
        hook: 'forward',
        priority: 0,
        rules: [
          {
            when: [
              { kind: 'link', direction: 'in', name: '$NIC' },
              { kind: 'link', direction: 'out', name: '$NIC' },
              { kind: 'address', family: 6, field: 'source', in: 'known6' },
            ],
            verdict: { kind: 'drop' },
            comment: 'no bounce',
          },
          {
            when: [
              { kind: 'link', direction: 'in', name: 'damask-f*' },
              { kind: 'link', direction: 'out', name: 'damask-f*' },
              { kind: 'address', family: 4, field: 'destination', in: 'known4' },
            ],
            verdict: { kind: 'drop' },
            comment: 'no bounce',
          },
          {
            when: [{ kind: 'tcp-syn' }, { kind: 'address', family: 6, field: 'destination', in: 'known6' }],
            verdict: { kind: 'clamp-mss' },
            comment: 'into the network',
          },
        ],
      },
      {
        name: 'leak',
        type: 'filter',
        hook: 'postrouting',
        priority: 200,
        rules: [
          {
            when: [
              { kind: 'address', family: 4, field: 'destination', in: 'known4' },
              { kind: 'link', direction: 'out', not: true, name: 'damask*' },
              { kind: 'next-hop', family: 4, not: true, in: 'hop4' },
            ],
            verdict: { kind: 'drop' },
            comment: 'leak',
          },
          {
            when: [{ kind: 'next-hop', family: 6, not: true, in: 'hop6' }],
            verdict: { kind: 'drop' },
            comment: 'leak',
          },
        ],
      },
      {
        name: 'nat',
        type: 'nat',
        hook: 'postrouting',
        priority: 99,
        rules: [
          {
            when: [
              { kind: 'address', family: 6, field: 'destination', in: 'known6' },
              { kind: 'mark', mask: 0x4000 },
            ],
            verdict: { kind: 'snat', to: parseAddress('fd42:42:0:1::1') },
            comment: 'into the network',
          },
          {
            when: [
              { kind: 'address', family: 4, field: 'destination', not: true, in: 'known4' },
              { kind: 'link', direction: 'out', not: true, name: 'dmk*' },
              { kind: 'not-local-destination' },
            ],
            verdict: { kind: 'masquerade' },
            comment: 'out of the network',
          },
        ],
      },
    ],
    because,
  })
