// The table `filter` of iptables-legacy: of the kernel's first packet filter, of which nftables knows nothing. Asked for as iptables(8)
// does, by options of a socket (linux/netfilter_ipv4/ip_tables.h), so that the program does not have to be there.
import { readFileSync } from 'node:fs'
import type { Family } from '../../model/index.ts'
import { closeDescriptor, readSocketOption, SOCK_DGRAM, socket } from '../libc.ts'
import { inNamespace, type NamespaceHandle } from '../namespace.ts'
import { domainOf } from '../socket-address.ts'
import { codeOf } from '../system-error.ts'
import type { LegacyChain } from './legacy-chain.ts'
import { parseLegacyTable } from './legacy-table.ts'

const TABLE = 'filter'
/** In the order of what `IPT_SO_GET_INFO` says of hooks (linux/netfilter.h). */
const HOOKS = [undefined, 'INPUT', 'FORWARD', 'OUTPUT'] as const
/** SOL_IP, SOL_IPV6. */
const LEVEL = { 4: 0, 6: 41 } as const
/** IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES; IPv6 has the same numbers. */
const GET_INFO = 64
const GET_ENTRIES = 65
const NAME_BYTES = 32
const INFO_BYTES = 84
/** struct ipt_get_entries, which ends with the entries. */
const HEAD_BYTES = 40
const TRIES = 5

/**
 * Undefined: there is none. Throws a SystemError where it may not be read: EPERM without CAP_NET_ADMIN, EACCES where the list of tables
 * is not even to be seen.
 */
export function readLegacyFilter(family: Family, namespace?: NamespaceHandle): readonly LegacyChain[] | undefined {
  return inNamespace(namespace, () => {
    // Asked for a table that is not there, the kernel makes it.
    if (!tableNames(family).includes(TABLE)) return undefined
    const fd = socket(domainOf(family), SOCK_DGRAM, 0)
    try {
      return readTable(fd, family, TRIES)
    } finally {
      closeDescriptor(fd)
    }
  })
}

function tableNames(family: Family): readonly string[] {
  try {
    return readFileSync(`/proc/thread-self/net/ip${family === 4 ? '' : '6'}_tables_names`, 'utf8').split('\n')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [] // the kernel has none of it, or the module is not loaded
    throw cause
  }
}

function readTable(fd: number, family: Family, tries: number): readonly LegacyChain[] {
  const info = named(INFO_BYTES)
  readSocketOption(fd, LEVEL[family], GET_INFO, info)
  // struct ipt_getinfo: name, valid_hooks, hook_entry[5], underflow[5], num_entries, size.
  const number = (index: number): number => info.readUInt32LE(NAME_BYTES + 4 * index)
  const hooks = HOOKS.flatMap((name, hook) =>
    name === undefined || (number(0) & (1 << hook)) === 0
      ? []
      : [{ name, firstOffset: number(1 + hook), policyOffset: number(6 + hook) }],
  )
  const size = number(12)
  const answer = named(HEAD_BYTES + size)
  answer.writeUInt32LE(size, NAME_BYTES)
  try {
    readSocketOption(fd, LEVEL[family], GET_ENTRIES, answer)
  } catch (cause) {
    // Somebody changed it between the two questions.
    if (codeOf(cause) === 'EAGAIN' && tries > 1) return readTable(fd, family, tries - 1)
    throw cause
  }
  return parseLegacyTable(answer.subarray(HEAD_BYTES), { family, hooks })
}

function named(bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  buffer.write(TABLE)
  return buffer
}
