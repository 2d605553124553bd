// What lookups by prefix come to, in words that are the same wherever the same is found.
import { type Address, formatAddress, type Route } from '../../model/index.ts'

/** An address, or the text of a key or of a hardware address, as `Things` knows it. */
export type Name = Address | string

/** One result of a lookup. */
export type Slot = {
  readonly text: string
  readonly names: readonly Name[]
  /** The next hop, by the part's number of it. */
  readonly hop?: number
}

export const textOf = (name: Name): string => (typeof name === 'string' ? name : formatAddress(name))

export function slotOf({ source, target }: Route): Slot {
  const by = source === undefined ? '' : source === 'gateway-address' ? source : 'source'
  const from = typeof source === 'object' ? [source] : []
  switch (target.kind) {
    case 'next-hop-object':
      return { text: by, names: from, hop: target.id }
    case 'via': {
      const links = target.hops.map(({ link, onlink }) => `${link} ${onlink}`).join()
      return { text: `${by} via ${links}`, names: [...target.hops.map(({ via }) => via), ...from] }
    }
    case 'link':
      return { text: `${by} link ${target.link}`, names: from }
    default:
      return { text: `${by} ${target.kind}`, names: from }
  }
}
