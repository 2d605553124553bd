// A NodeState as plain data for other programs: what stands in the model as words is text, and keys have one order.
import { type Address, type Entry, formatAddress, formatPrefix, type NodeState, type Prefix } from '../model/index.ts'
import { sortEntries } from './sorted-entries.ts'

export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json }

/** `{ node, gatewayAddresses, entries }`, entries in the order of kinds in which they would be made. */
export function renderJson(state: NodeState): Json {
  const { 4: ipv4, 6: ipv6 } = state.gatewayAddresses
  return {
    node: state.node,
    gatewayAddresses: [ipv4, ipv6].filter((address) => address !== undefined).map(formatAddress),
    entries: Object.values(sortEntries(state)).flat().map(toJson),
  }
}

/** One entry, or any other data of the model. */
export const renderEntryJson = (entry: Entry): Json => toJson(entry)

function toJson(value: unknown): Json {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value !== 'object' || value === null) throw new Error(`a NodeState holds no ${value}`)
  if (isPrefix(value)) return formatPrefix(value)
  if (isAddress(value)) return formatAddress(value)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(fields.sort(byKey).map(([key, field]) => [key, toJson(field)]))
}

const isAddress = (value: object): value is Address => 'family' in value && 'w0' in value
const isPrefix = (value: object): value is Prefix => isAddress(value) && 'length' in value

/** The kind first, the reasons last, the rest by the alphabet. */
function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return rankOf(a) - rankOf(b) || (a < b ? -1 : 1)
}

const rankOf = (key: string): number => (key === 'kind' ? 0 : key === 'because' ? 2 : 1)
