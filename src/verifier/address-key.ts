import type { Address } from '../model/index.ts'

/** What a Map of addresses of one family is keyed by: a number is cheaper than a text. */
export const addressKey = ({ family, w0, w1, w2, w3 }: Address): number | string =>
  family === 4 ? w0 : `${w0}.${w1}.${w2}.${w3}`
