import type { Address } from '../model/index.ts'

/** What a Map of addresses is keyed by: a number (IPv4), or a text of 16 bits a character, which is cheaper than digits (IPv6). */
export const addressKey = ({ family, w0, w1, w2, w3 }: Address): number | string =>
  family === 4 ? w0 : TEXT_OF(w0 >>> 16, w0 & LOW, w1 >>> 16, w1 & LOW, w2 >>> 16, w2 & LOW, w3 >>> 16, w3 & LOW)

const LOW = 0xffff
const TEXT_OF = String.fromCharCode
