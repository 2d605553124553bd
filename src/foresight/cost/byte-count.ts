import { type Fraction, formatDecimal, fraction, times, tryDecimal } from './fraction.ts'

/** Powers of 1000 as clouds write them, and of 1024 with an i. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['b', 1n],
  ['kb', 1000n],
  ['mb', 1000n ** 2n],
  ['gb', 1000n ** 3n],
  ['tb', 1000n ** 4n],
  ['pb', 1000n ** 5n],
  ['kib', 1024n],
  ['mib', 1024n ** 2n],
  ['gib', 1024n ** 3n],
  ['tib', 1024n ** 4n],
  ['pib', 1024n ** 5n],
])

export const GIGABYTE: bigint = 1000n ** 3n
export const GIBIBYTE: bigint = 1024n ** 3n

/** `1500`, `10GB`, `1.5 TiB`; undefined where it is no number of bytes. */
export function tryBytes(text: string): Fraction | undefined {
  const [, digits = '', unit = ''] = /^([\d.]+)\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const count = tryDecimal(digits)
  const size = UNITS.get(unit === '' ? 'b' : unit.toLowerCase())
  return count === undefined || size === undefined ? undefined : times(count, fraction(size))
}

/** `42.00 GB` */
export const formatGigabytes = (bytes: Fraction, unitBytes: bigint): string =>
  formatDecimal(times(bytes, fraction(1n, unitBytes)), 2)
