// An explanation with the places of the fields that it names.
import type { Explanation, Fact, Meaning } from '../foresight/index.ts'
import type { FindPlace } from '../store/index.ts'

/** `place`: `world.yaml:12:9`; left out where no file says it. */
export type PlacedFact = Fact & { readonly place?: string }
export type PlacedMeaning = Omit<Meaning, 'facts'> & { readonly facts: readonly PlacedFact[] }
export type PlacedExplanation = { readonly asked: string; readonly meanings: readonly PlacedMeaning[] }

export async function placeExplanation(
  { asked, meanings }: Extract<Explanation, { readonly kind: 'known' }>,
  placeOf: FindPlace | undefined,
): Promise<PlacedExplanation> {
  const placeFact = async (fact: Fact): Promise<PlacedFact> => {
    const place = fact.resource === undefined ? undefined : await placeOf?.(fact.resource, fact.field)
    return place === undefined ? fact : { ...fact, place }
  }
  const placed = meanings.map(async (meaning) => ({
    ...meaning,
    facts: await Promise.all(meaning.facts.map(placeFact)),
  }))
  return { asked, meanings: await Promise.all(placed) }
}
