// What a trace shows of sound and of broken networks, as an operator reads it: every entry, size and reason on the way.
import { describe, test } from 'vitest'
import { traceJson } from '../../src/cli/trace-json.ts'
import { renderTrace } from '../../src/cli/trace-text.ts'
import { type Entry, GUARD_TABLE, parseAddress, TABLE } from '../../src/model/index.ts'
import { planOf } from '../../src/verifier/example-plan.fixture.ts'
import type { Firewall, Trace, UnderlayNetwork } from '../../src/verifier/index.ts'
import { broken, smallWorld, traceIn } from '../../src/verifier/small-world.fixture.ts'
import { expectGolden } from '../golden/golden.ts'

const OUTSIDE = { kind: 'outside', address: parseAddress('9.9.9.9') } as const
const CLOSED: Firewall = { rules: [], otherwise: 'drop' }

const inNetworks = (change: (network: UnderlayNetwork) => Partial<UnderlayNetwork>, ...names: string[]) =>
  ({
    underlay: (underlay) => ({
      ...underlay,
      networks: new Map(
        [...underlay.networks].map(([name, one]) => [name, names.includes(name) ? { ...one, ...change(one) } : one]),
      ),
    }),
  }) satisfies Parameters<typeof broken>[1]
const closing = inNetworks.bind(undefined, ({ uplink }) =>
  uplink ? { uplink: { ...uplink, fromInternet: CLOSED } } : {},
)

const isUnguarded = (entry: Entry): boolean =>
  entry.kind === 'filter-table' || (entry.kind === 'route' && entry.table >= GUARD_TABLE - 1)

const TRACES: Readonly<Record<string, () => Trace>> = {
  'fabric-vxlan': () => traceIn(planOf(smallWorld()), 'a3', 'b2'),
  'fabric-direct': () => traceIn(planOf(smallWorld({ fabric: 'direct' })), 'a3', 'a1', { family: 6 }),
  'fabric-ipip': () => traceIn(planOf(smallWorld({ fabric: 'ipip' })), 'a3', 'a1', { protocol: 'tcp', port: 80 }),
  'fabric-wireguard': () => traceIn(planOf(smallWorld({ fabric: 'wireguard' })), 'a3', 'a2', { sizeBytes: 1420 }),
  'two-gateways': () => traceIn(planOf(smallWorld({ gatewaysPerSite: 2 })), 'a1', 'b2'),
  'behind-nat': () => traceIn(planOf(smallWorld()), 'a1', 'h'),
  outside: () => traceIn(planOf(smallWorld()), 'a3', 'a3', { to: OUTSIDE }),
  'from-machine': () => traceIn(planOf(smallWorld()), 'a3', 'a1', { from: { kind: 'host', node: 'a3' } }),
  'to-machine': () =>
    traceIn(planOf(smallWorld()), 'a3', 'a1', {
      to: { kind: 'host', node: 'a1', address: parseAddress('10.42.1.1') },
      protocol: 'udp',
      port: 53,
    }),
  'too-big': () => traceIn(planOf(smallWorld()), 'a1', 'b1', { sizeBytes: 1441 }),
  'narrow-network': () =>
    traceIn(
      broken(
        smallWorld(),
        inNetworks(() => ({ mtuBytes: 1400 }), 'a'),
      ),
      'a3',
      'a1',
      { sizeBytes: 1440 },
    ),
  'one-side-closed': () => traceIn(broken(smallWorld(), closing('b')), 'a1', 'b1'),
  'both-closed': () => traceIn(broken(smallWorld(), closing('a', 'b')), 'a1', 'b1'),
  'nobody-may-begin': () => traceIn(broken(smallWorld(), closing('a')), 'a1', 'h'),
  'no-forwarding-entry': () =>
    traceIn(broken(smallWorld(), { entry: (one) => (one.kind === 'fdb' ? undefined : one) }), 'a3', 'a1'),
  'no-route': () =>
    traceIn(
      broken(smallWorld(), { entry: (one) => (one.kind === 'route' && one.table === TABLE ? undefined : one) }),
      'a3',
      'a1',
    ),
  leak: () =>
    traceIn(broken(smallWorld(), { entry: (one) => (isUnguarded(one) ? undefined : one) }), 'a3', 'b2', {
      sizeBytes: 500,
    }),
}

describe('the trace of', () => {
  for (const [name, trace] of Object.entries(TRACES)) {
    test(name, () => expectGolden(`traces/${name}.txt`, `${renderTrace(trace())}\n`))
  }
})

test('a trace for programs', () => {
  const trace = traceIn(
    broken(
      smallWorld(),
      inNetworks(() => ({ mtuBytes: 1400 }), 'a'),
    ),
    'a3',
    'a1',
    { family: 6 },
  )
  expectGolden('traces/for-programs.txt', `${JSON.stringify(traceJson(trace), null, 2)}\n`)
})
