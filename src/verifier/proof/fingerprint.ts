// Fingerprints of 52 bits: whole numbers that can be mixed in order, and added up where there is no order.
export type Fingerprint = number

const MODULUS = 2 ** 52
const HALF = 2 ** 32

export function add(a: Fingerprint, b: Fingerprint): Fingerprint {
  const sum = a + b
  return sum >= MODULUS ? sum - MODULUS : sum
}

export const subtract = (a: Fingerprint, b: Fingerprint): Fingerprint => (a >= b ? a - b : a - b + MODULUS)

const PART = 2 ** 26

/** Spread over sums: of a sum it is the sum of what it is of each. */
export function multiply(a: Fingerprint, b: Fingerprint): Fingerprint {
  const [lowA, lowB] = [a % PART, b % PART]
  const [highA, highB] = [Math.floor(a / PART), Math.floor(b / PART)]
  const low = lowA * lowB
  const middle = ((highA * lowB) % PART) + ((lowA * highB) % PART) + Math.floor(low / PART)
  return (middle % PART) * PART + (low % PART)
}

/** Not the same in the other order. */
export function mix(a: Fingerprint, b: Fingerprint): Fingerprint {
  let low = (a >>> 0) ^ Math.imul((b >>> 0) ^ 0x2545f491, 0x9e3779b1)
  let high = ((a / HALF) >>> 0) ^ Math.imul(((b / HALF) >>> 0) ^ 0x7f4a7c15, 0xc2b2ae35)
  low = Math.imul(low ^ (low >>> 15) ^ Math.imul(high, 0x27d4eb2f), 0x85ebca6b)
  high = Math.imul(high ^ (high >>> 13) ^ low, 0xcc9e2d51)
  low = Math.imul(low ^ (low >>> 16) ^ high, 0x1b873593)
  high ^= high >>> 16
  low ^= low >>> 14
  return (high >>> 12) * HALF + (low >>> 0)
}

export function fingerprintOf(text: string): Fingerprint {
  let low = 0x811c9dc5
  let high = 0x9e3779b9
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ unit, 0x5bd1e995) ^ (high >>> 13)
  }
  return mix((high >>> 12) * HALF + (low >>> 0), text.length)
}
