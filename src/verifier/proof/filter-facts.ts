// A table of the packet filter as facts: its chains are a text, and the addresses and prefixes that stand in them. Sets are units of
// their own.
import type { Address, FilterChain, FilterRule, FilterTable, Prefix } from '../../model/index.ts'
import { constant, type Fact, member } from './fact.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { Things } from './things.ts'

export function factsOfFilter(things: Things, { name, chains, sets }: FilterTable): readonly Fact[] {
  const said = chains.map(chainSaid)
  const places = said.flatMap((one) => one.places)
  const addresses = places.filter((place) => place.length === undefined)
  const prefixes = places.filter((place): place is Prefix => place.length !== undefined)
  return [
    {
      form: fingerprintOf(`filter ${name} ${said.map(({ text }) => text).join()}`),
      things: addresses.map((address) => things.ofAddress(address)),
    },
    ...sets.filter(({ elements }) => elements.length === 0).map((set) => constant(`empty set ${name} ${set.name}`)),
    ...prefixes.map((prefix, nth) => member(things, `in filter ${name} ${nth}`, prefix)),
  ]
}

/** Of an address the length is undefined. */
type Place = Address & Partial<Prefix>

/** What something says, but for the addresses and prefixes in it, which stand in their order. */
type Said = { readonly text: string; readonly places: readonly Place[] }

const chainSaid = remembering(({ rules, ...head }: FilterChain): Said => {
  const all = rules.map(ruleSaid)
  return {
    text: JSON.stringify([head, ...all.map(({ text }) => text)]),
    places: all.flatMap(({ places }) => places),
  }
})

function ruleSaid({ when, verdict, ...rest }: FilterRule): Said {
  const conditions = conditionsSaid(when)
  // Of many thousands of rules of nodes this is what is their own.
  const own: Said =
    verdict.kind === 'snat' ? { text: 'snat', places: [verdict.to] } : { text: JSON.stringify(verdict), places: [] }
  return {
    text: JSON.stringify([conditions.text, own.text, rest]),
    places: [...conditions.places, ...own.places],
  }
}

const conditionsSaid = remembering((when: FilterRule['when']): Said => {
  const places: Place[] = []
  const text = JSON.stringify(when, (_, value) => {
    if (value === null || typeof value !== 'object' || !('w3' in value)) return value
    const place = value as Place
    places.push(place)
    return place.length === undefined ? 'address' : 'prefix'
  })
  return { text, places }
})

/** Many nodes share chains, and rules the conditions. */
function remembering<Value extends object>(say: (value: Value) => Said): (value: Value) => Said {
  const known = new WeakMap<Value, Said>()
  return (value) => {
    const before = known.get(value)
    if (before !== undefined) return before
    const said = say(value)
    known.set(value, said)
    return said
  }
}
