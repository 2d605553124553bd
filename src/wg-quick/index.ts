// Wg-quick: files that people wrote by hand, read as wg-quick and wg read them, and judged together.
// Never: I/O, clocks, randomness, cryptography, anything of Node; it changes no file, and says no private key.
export type { ConfigFile } from './config.ts'
export * from './finding.ts'
export { type Judgement, judgeConfigs } from './judge.ts'
export { formatPlace, type Place } from './place.ts'
export type { Verdict } from './reach.ts'
