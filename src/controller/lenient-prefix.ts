// Prefixes as Kubernetes and Kilo take them, with host bits or without: 192.168.7.5/24 is 192.168.7.0/24.
import { FAMILY_BITS, type Prefix, prefixOf, tryAddress } from '../model/index.ts'

export function tryLenientPrefix(text: string): Prefix | undefined {
  const [head = '', digits = '', ...rest] = text.split('/')
  const address = tryAddress(head)
  if (address === undefined || rest.length > 0 || !/^\d{1,3}$/.test(digits)) return undefined
  return Number(digits) <= FAMILY_BITS[address.family] ? prefixOf(address, Number(digits)) : undefined
}
