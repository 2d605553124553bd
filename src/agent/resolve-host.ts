// What the machine itself makes of a host name: /etc/hosts, DNS, whatever nsswitch.conf says.
import { type Address, compareAddresses, equalAddresses, tryAddress } from '../model/index.ts'

/** All addresses of a name. Rejects with a clause that says why there are none: `nobody knows this name`. */
export type ResolveHost = (name: string) => Promise<readonly Address[]>

/**
 * Asks the C library, in a thread of the pool (of which libuv gives to names no more than half, so that files go on being
 * written). It cannot be called off: a process that ends waits for it, as long as the resolver does.
 */
export const resolveHost: ResolveHost = async (name) => {
  const { lookup } = await import('node:dns/promises') // by who has names to look up alone
  try {
    const found = await lookup(name, { all: true, order: 'verbatim' })
    return found.flatMap(({ address }) => tryAddress(address) ?? []) // fe80::1%eth0 has no place in an endpoint
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    throw new Error(CLAUSES[code] ?? (cause instanceof Error ? cause.message : String(cause)), { cause })
  }
}

/** Codes of getaddrinfo(3). */
const CLAUSES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'nobody knows this name (ENOTFOUND)',
  EAI_AGAIN: 'no name server answers (EAI_AGAIN)',
}

/** Ascending, each once, without those at which nobody is: a filter's 0.0.0.0, the machine's own 127.0.1.1, an empty list. */
export function usableAddresses(found: readonly Address[]): readonly Address[] {
  const usable = found.filter(isSomewhere).toSorted(compareAddresses)
  if (usable.length === 0) throw new Error('it has no address at which another machine could be')
  return usable.filter((address, index) => {
    const before = usable[index - 1]
    return before === undefined || !equalAddresses(before, address)
  })
}

/** Not unspecified, and not loopback (127.0.0.0/8, ::1). */
const isSomewhere = ({ family, w0, w1, w2, w3 }: Address): boolean =>
  family === 4 ? w0 !== 0 && w0 >>> 24 !== 127 : w0 !== 0 || w1 !== 0 || w2 !== 0 || w3 >>> 0 > 1
