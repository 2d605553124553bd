// Which addresses a pod gets, one of each family: those that were asked for, and the next ones.
import { type Address, containsAddress, formatAddress, formatPrefix, type Prefix } from '../model/index.ts'
import { CNI_CODE, cniError } from './cni-error.ts'
import type { JournalState } from './journal-state.ts'
import { addressCapacity, isAssignable, nextAddress } from './next-address.ts'

export type AddressChoice = {
  /** Asked for: one of a family at most. */
  readonly wished: readonly Address[]
  /** The node's own, in the order in which they are used. */
  readonly prefixes: readonly Prefix[]
  readonly reserved: readonly Address[]
}

/** IPv4 first. Nothing is taken yet. */
export function chooseAddresses(
  { wished, prefixes, reserved }: AddressChoice,
  { taken, lastGiven }: JournalState,
): readonly Address[] {
  if (prefixes.length === 0) {
    throw cniError(
      CNI_CODE.tryLater,
      'this node has no pod prefixes, so no pod can be added here; give its Node some (spec.podPrefixes), and try again',
    )
  }
  const kept = new Set(reserved.map(formatAddress))
  const isTaken = (address: Address): boolean => taken.has(formatAddress(address))
  const isKept = (address: Address): boolean => kept.has(formatAddress(address))
  return ([4, 6] as const).flatMap((family) => {
    const ours = prefixes.filter((prefix) => prefix.family === family)
    const wish = wished.find((address) => address.family === family)
    if (wish !== undefined) return [requireFree(wish, ours, isTaken, isKept)]
    if (ours.length === 0) return []
    const after = lastGiven.get(family)
    const address = nextAddress({ prefixes: ours, after, isTaken: (one) => isTaken(one) || isKept(one) })
    if (address !== undefined) return [address]
    throw cniError(
      CNI_CODE.addressesExhausted,
      `no free address is left in ${ours.map(formatPrefix).join(' and ')}, which have room for ${addressCapacity(ours)} pods; ` +
        'remove pods from this node, or give it a further pod prefix',
    )
  })
}

function requireFree(
  wish: Address,
  prefixes: readonly Prefix[],
  isTaken: (address: Address) => boolean,
  isKept: (address: Address) => boolean,
): Address {
  const prefix = prefixes.find((one) => containsAddress(one, wish))
  if (prefix === undefined) {
    const own = prefixes.length === 0 ? 'none of its family' : prefixes.map(formatPrefix).join(' and ')
    throw unavailable(
      wish,
      `it is in no pod prefix of this node, which has ${own}; run the pod where the address is at home`,
    )
  }
  if (isKept(wish) || !isAssignable(prefix, wish))
    throw unavailable(
      wish,
      `${formatPrefix(prefix)} keeps it for the network, the gateway or the broadcast; take another`,
    )
  if (isTaken(wish)) throw unavailable(wish, 'another pod of this node has it; remove that one first, or take another')
  return wish
}

const unavailable = (wish: Address, sentence: string): Error =>
  cniError(CNI_CODE.addressUnavailable, `the request asks for ${formatAddress(wish)}: ${sentence}`)
