// The internet's meter: bytes of IP packets that went from each cloud to each, counted by the kernel where it forwards.
import type { CloudLayout } from './cloud-layout.ts'
import { countersOf } from './nft-counters.ts'

export type Meter = ReadonlyMap<string, number>

export const METER_TABLE = 'traffic'

const counterName = (from: number, to: number): string => `from${from}to${to}`

export function meterText(clouds: readonly CloudLayout[]): string {
  const pairs = pairsOf(clouds)
  return [
    `table inet ${METER_TABLE} {`,
    ...pairs.map(({ name }) => `  counter ${name} { }`),
    '  map counters {',
    '    type ifname . ifname : counter',
    `    elements = { ${pairs.map(({ from, to, name }) => `"${from.port}" . "${to.port}" : "${name}"`).join(', ')} }`,
    '  }',
    '  chain forward {',
    '    type filter hook forward priority filter;',
    '    counter name iifname . oifname map @counters',
    '  }',
    '}',
    '',
  ].join('\n')
}

/** Bytes by `aws>gcp`, from the listed counters of the table; pairs that sent nothing are left out. */
export function readMeter(clouds: readonly CloudLayout[], listed: readonly unknown[]): Meter {
  const counters = countersOf(listed, METER_TABLE)
  return new Map(
    pairsOf(clouds).flatMap(({ from, to, name }) => {
      const bytes = counters.get(name)?.bytes ?? 0
      return bytes > 0 ? [[`${from.name}>${to.name}`, bytes] as const] : []
    }),
  )
}

/** What crossed between two readings. */
export const meterSince = (before: Meter, after: Meter): Meter =>
  new Map(
    [...after]
      .map(([pair, bytes]) => [pair, bytes - (before.get(pair) ?? 0)] as const)
      .filter(([, bytes]) => bytes > 0),
  )

export const meterTotal = (meter: Meter): number => [...meter.values()].reduce((sum, bytes) => sum + bytes, 0)

const pairsOf = (clouds: readonly CloudLayout[]) =>
  clouds.flatMap((from, first) => clouds.map((to, second) => ({ from, to, name: counterName(first, second) })))
