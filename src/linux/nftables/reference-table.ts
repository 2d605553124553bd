// For tests: a filter table with every kind of condition and verdict, as a gateway of two families would have it.
import {
  type FilterCondition,
  type FilterRule,
  type FilterTable,
  type FilterVerdict,
  filterTable,
  type Prefix,
  parseAddress,
  parsePrefix,
} from '../../model/index.ts'

export const prefixes = (...texts: string[]): Prefix[] => texts.map(parsePrefix)
const address = (field: 'source' | 'destination', family: 4 | 6, set: string, not?: true): FilterCondition => ({
  kind: 'address',
  family,
  field,
  ...(not && { not }),
  in: set,
})

export const REFERENCE: FilterTable = filterTable({
  name: 'damask',
  sets: [
    { name: 'known4', family: 4, elements: prefixes('10.0.0.0/16', '10.1.0.11/32', '10.1.0.12/31', '224.0.0.0/3') },
    { name: 'known6', family: 6, elements: prefixes('::1/128', 'fd42:0:0:1::/64') },
    { name: 'hop4', family: 4, elements: prefixes('10.1.0.11/32', '10.1.0.12/32') },
    { name: 'hop6', family: 6, elements: [] },
  ],
  chains: [
    {
      name: 'transit',
      type: 'filter',
      hook: 'prerouting',
      priority: -300,
      rules: [
        rule({ kind: 'notrack' }, 'transit', address('source', 4, 'known4'), address('destination', 4, 'known4', true)),
        rule({ kind: 'notrack' }, 'transit', address('source', 6, 'known6'), address('destination', 6, 'known6', true)),
      ],
    },
    {
      name: 'forward',
      type: 'filter',
      hook: 'forward',
      priority: 0,
      rules: [
        rule(
          { kind: 'drop' },
          'no bounce',
          { kind: 'link', direction: 'in', name: 'lan' },
          { kind: 'link', direction: 'out', not: true, name: 'damask*' },
          address('destination', 4, 'known4'),
        ),
        rule(
          { kind: 'drop' },
          'no bounce',
          { kind: 'link', direction: 'in', name: 'damask-f*' },
          { kind: 'link', direction: 'out', name: 'damask-f*' },
          address('destination', 4, 'known4'),
        ),
        rule({ kind: 'clamp-mss' }, 'mss', { kind: 'tcp-syn' }),
      ],
    },
    {
      name: 'leak',
      type: 'filter',
      hook: 'postrouting',
      priority: 200,
      rules: [
        rule({ kind: 'drop' }, 'leak', address('destination', 4, 'known4'), {
          kind: 'next-hop',
          family: 4,
          not: true,
          in: 'hop4',
        }),
        rule({ kind: 'drop' }, 'leak', address('destination', 6, 'known6'), {
          kind: 'next-hop',
          family: 6,
          not: true,
          in: 'hop6',
        }),
      ],
    },
    {
      name: 'nat',
      type: 'nat',
      hook: 'postrouting',
      priority: 99,
      rules: [
        rule({ kind: 'snat', to: parseAddress('10.42.1.1') }, 'into', address('destination', 4, 'known4'), {
          kind: 'mark',
          mask: 0x4000,
        }),
        rule({ kind: 'snat', to: parseAddress('fd42::1') }, 'into', address('destination', 6, 'known6'), {
          kind: 'mark',
          mask: 0x4000,
        }),
        rule(
          { kind: 'masquerade' },
          'out',
          { kind: 'address', family: 4, field: 'source', in: parsePrefix('10.42.1.0/24') },
          { kind: 'link', direction: 'out', not: true, name: 'dmk*' },
          { kind: 'not-local-destination' },
        ),
      ],
    },
  ],
  because: [],
})

export function rule(verdict: FilterVerdict, comment: string, ...when: FilterCondition[]): FilterRule {
  return { when, verdict, comment }
}

export const withSet = (table: FilterTable, set: string, elements: readonly Prefix[]): FilterTable => ({
  ...table,
  sets: table.sets.map((one) => (one.name === set ? { ...one, elements } : one)),
})
