// What happened to machines, in numbers that are alike where it was alike.
import type { AlikeChanges } from './alike-changes.ts'
import type { PartChange } from './part-change.ts'
import type { AddressChange } from './prefix-changes.ts'

/** What happened to a machine, in words that are the same for those that stand for it. */
export function createTexts(alike: AlikeChanges) {
  const numbers = new Map<string, number>()
  const known = new Map<AddressChange, Map<number | undefined, number>>()
  const numberOf = (text: string): number => {
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  }
  return (
    machine: number,
    network: number | undefined,
    list: readonly AddressChange[],
    parts: readonly PartChange[],
  ): string | undefined => {
    const all: number[] = []
    for (const one of list) {
      const byNetwork = known.get(one) ?? new Map<number | undefined, number>()
      known.set(one, byNetwork)
      let number = network === undefined ? undefined : byNetwork.get(network)
      if (number === undefined) {
        const { table, slot } = one.change
        const part = slot.hop === undefined ? undefined : parts.find(({ keyed }) => keyed.includes(one.change))
        const own = alike.slotText(machine, slot, part)
        if (own === undefined) return undefined
        number = numberOf(`${table} ${own} ${one.text}`)
        if (!own.includes('own ')) byNetwork.set(network, number)
      }
      all.push(number)
    }
    return all.sort((a, b) => a - b).join()
  }
}
