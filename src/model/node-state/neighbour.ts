import { type Address, formatAddress } from '../address.ts'
import type { Because } from './because.ts'

/** A permanent neighbour: the hardware address of an IP address on a link, so that nobody has to ask. */
export type Neighbour = {
  readonly kind: 'neighbour'
  readonly link: string
  readonly address: Address
  readonly hardwareAddress: string
  readonly because: readonly Because[]
}

export const neighbour = (fields: Omit<Neighbour, 'kind'>): Neighbour => ({ kind: 'neighbour', ...fields })
export const neighbourKey = (entry: Neighbour): string => `neighbour ${entry.link} ${formatAddress(entry.address)}`
