/** An exact share of a whole: bytes that several next hops divide among them, money to the last digit. In lowest terms. */
export type Fraction = { readonly numerator: bigint; readonly denominator: bigint }

export function fraction(numerator: bigint, denominator = 1n): Fraction {
  const divisor = greatestDivisor(numerator < 0n ? -numerator : numerator, denominator)
  return divisor === 1n
    ? { numerator, denominator }
    : { numerator: numerator / divisor, denominator: denominator / divisor }
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [one, other] = [a, b]
  while (other !== 0n) [one, other] = [other, one % other]
  return one
}

export const ZERO: Fraction = { numerator: 0n, denominator: 1n }
export const ONE: Fraction = { numerator: 1n, denominator: 1n }

export function plus(a: Fraction, b: Fraction): Fraction {
  if (a.numerator === 0n) return b
  if (b.numerator === 0n) return a
  if (a.denominator !== b.denominator)
    return fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
  const numerator = a.numerator + b.numerator
  return a.denominator === 1n ? { numerator, denominator: 1n } : fraction(numerator, a.denominator)
}

/** A sum of very many, by denominators: they are brought to lowest terms once. */
export type FractionSum = Map<bigint, bigint>

export function addTo(sum: FractionSum, { numerator, denominator }: Fraction): void {
  sum.set(denominator, (sum.get(denominator) ?? 0n) + numerator)
}

export const totalOf = (sum: FractionSum): Fraction =>
  [...sum].reduce((total, [denominator, numerator]) => plus(total, fraction(numerator, denominator)), ZERO)

export const minus = (a: Fraction, b: Fraction): Fraction => plus(a, { ...b, numerator: -b.numerator })

export const times = (a: Fraction, b: Fraction): Fraction =>
  a.denominator === 1n && b.denominator === 1n
    ? { numerator: a.numerator * b.numerator, denominator: 1n }
    : fraction(a.numerator * b.numerator, a.denominator * b.denominator)

export const isZero = ({ numerator }: Fraction): boolean => numerator === 0n

/** Rounded to so many decimals, halves away from zero: `1.50`. */
export function formatDecimal({ numerator, denominator }: Fraction, decimals: number): string {
  const scaled = (numerator < 0n ? -numerator : numerator) * 10n ** BigInt(decimals)
  const digits = String((scaled * 2n + denominator) / (denominator * 2n)).padStart(decimals + 1, '0')
  const sign = numerator < 0n && /[1-9]/.test(digits) ? '-' : ''
  return decimals === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

/** `12`, `0.085` */
export function tryDecimal(text: string): Fraction | undefined {
  const [, whole, decimals = ''] = /^(\d{1,18})(?:\.(\d{1,12}))?$/.exec(text) ?? []
  return whole === undefined ? undefined : fraction(BigInt(whole + decimals), 10n ** BigInt(decimals.length))
}
