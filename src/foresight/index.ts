// Foresight: what a plan means, before anybody applies it: what a thing is and why it is there, and what traffic would cost.
// Never: I/O, clocks, randomness, anything of Node; it changes no plan, and what it says of one it reads from the plan itself.
export { formatGigabytes, GIBIBYTE, GIGABYTE, tryBytes } from './cost/byte-count.ts'
export { type Border, type CostInput, type CostReport, costOf, type PairCost } from './cost/cost-of.ts'
export { type Fraction, formatDecimal, fraction, isZero, minus, tryDecimal, ZERO } from './cost/fraction.ts'
export { type Hop, type Path, pathOf } from './cost/path-of.ts'
export { type Places, placesOf } from './cost/places.ts'
export { FREE, type PlacePrices, type PriceList, pairKey } from './cost/prices.ts'
export { type Demand, type End, type Flow, flowsOf, flowsOfAllPairs } from './cost/traffic.ts'
export { changedWorld, tryWorldChange, type WorldChange } from './cost/world-change.ts'
export type { Appearance, AppearingEntry } from './explain/appearances.ts'
export { type Explanation, explain, type Meaning } from './explain/explain.ts'
export type { Fact } from './explain/fact.ts'
