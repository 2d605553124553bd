import {
  type Address,
  comparePrefixes,
  containsAddress,
  hostPrefix,
  mergePrefixes,
  type Prefix,
} from '../model/index.ts'

/** Whether some prefix of a list holds an address, by binary search: the lists grow with the network, and so do the questions. */
export function coverOf(prefixes: readonly Prefix[]): (address: Address) => boolean {
  const apart = mergePrefixes(prefixes)
  return (address) => {
    const wanted = hostPrefix(address)
    let low = 0
    let high = apart.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const candidate = apart[middle]
      if (candidate !== undefined && comparePrefixes(candidate, wanted) <= 0) low = middle + 1
      else high = middle
    }
    const last = apart[low - 1]
    return last !== undefined && containsAddress(last, address)
  }
}
