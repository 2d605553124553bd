import type { Address } from '../address.ts'
import type { Because } from './because.ts'

/** A next-hop object over one device, of family AF_INET6 so that it may serve routes of both families (linux ≥ 5.3). */
export type NextHop = {
  readonly kind: 'next-hop'
  readonly id: number
  readonly link: string
  /** An IPv6 (link-local) address on the link; left out on devices without addresses of layer 2. */
  readonly via?: Address
  readonly because: readonly Because[]
}

export const nextHop = (fields: Omit<NextHop, 'kind'>): NextHop => ({ kind: 'next-hop', ...fields })
export const nextHopKey = (entry: NextHop): string => `next-hop ${entry.id}`
