import type { Because } from './because.ts'

/** A group of next hops, of equal weight. The kernel refuses to turn a group into a next hop or the reverse. */
export type NextHopGroup = {
  readonly kind: 'next-hop-group'
  readonly id: number
  /** Ids of its next hops, ascending. */
  readonly members: readonly number[]
  readonly because: readonly Because[]
}

export const nextHopGroup = (fields: Omit<NextHopGroup, 'kind'>): NextHopGroup => ({
  kind: 'next-hop-group',
  ...fields,
})
export const nextHopGroupKey = (entry: NextHopGroup): string => `next-hop-group ${entry.id}`
