// The entries of a table of iptables-legacy, as the kernel hands them out: struct ipt_entry or ip6t_entry, matches, struct xt_entry_target,
// one after the other (linux/netfilter/x_tables.h). A chain of people's begins with a target named ERROR, as does the end of the table.
import { addressOfBytes, type Family, type Prefix, prefixOf } from '../../model/index.ts'
import type { LegacyChain, LegacyRule, LegacyTarget } from './legacy-chain.ts'

export type LegacyHook = {
  /** `FORWARD` */
  readonly name: string
  /** Of its first rule, and of that which is its policy; in bytes. */
  readonly firstOffset: number
  readonly policyOffset: number
}

type Layout = {
  readonly addressBytes: number
  /** What stands between the addresses and `target_offset`, and asks for something where it is not zero: links, protocol, flags. */
  readonly conditions: readonly [begin: number, end: number]
  readonly targetOffset: number
  readonly entryBytes: number
}

/** IPv4: struct ipt_ip is 84 bytes; IPv6: struct ip6t_ip6 is 136. `nfcache` follows, which is the kernel's own. */
const LAYOUT: Readonly<Record<Family, Layout>> = {
  4: { addressBytes: 4, conditions: [16, 84], targetOffset: 88, entryBytes: 112 },
  6: { addressBytes: 16, conditions: [64, 136], targetOffset: 140, entryBytes: 168 },
}
/** u16 size, char name[29], u8 revision. */
const TARGET_HEAD_BYTES = 32
const RETURN = -5

type Entry = {
  readonly offset: number
  readonly nextOffset: number
  readonly rule: Omit<LegacyRule, 'target'>
  readonly name: string
  /** After the head of its target. */
  readonly data: Buffer
}

export function parseLegacyTable(
  bytes: Buffer,
  { family, hooks }: { readonly family: Family; readonly hooks: readonly LegacyHook[] },
): readonly LegacyChain[] {
  const entries = entriesOf(bytes, LAYOUT[family])
  const chains: { name: string; policy?: 'accept' | 'drop'; from: number; rules: Entry[] }[] = []
  for (const entry of entries) {
    const hook = hooks.find(({ firstOffset }) => firstOffset === entry.offset)
    if (hook !== undefined) chains.push({ name: hook.name, from: entry.offset, rules: [] })
    if (entry.name === 'ERROR') {
      chains.push({ name: textIn(entry.data), from: entry.nextOffset, rules: [] })
      continue
    }
    const chain = chains.at(-1)
    if (chain === undefined) throw new Error(`a table of iptables-legacy has a rule of no chain at ${entry.offset}`)
    if (hooks.some(({ policyOffset }) => policyOffset === entry.offset))
      chain.policy = verdictOf(entry) === -1 ? 'drop' : 'accept'
    else chain.rules.push(entry)
  }
  const names = new Map(chains.map(({ from, name }) => [from, name]))
  // The last one is no chain, and a chain without a policy ends with a RETURN of its own.
  return chains.slice(0, -1).map(({ name, policy, rules }) => ({
    name,
    ...(policy && { policy }),
    rules: (policy ? rules : rules.slice(0, -1)).map((entry) => ({ ...entry.rule, target: targetOf(entry, names) })),
  }))
}

function entriesOf(bytes: Buffer, layout: Layout): readonly Entry[] {
  const entries: Entry[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const entry = bytes.subarray(offset)
    const target = entry.readUInt16LE(layout.targetOffset)
    const length = entry.readUInt16LE(layout.targetOffset + 2)
    if (target < layout.entryBytes || length < target + TARGET_HEAD_BYTES || offset + length > bytes.length)
      throw new Error(
        `an entry of iptables-legacy at ${offset} of ${bytes.length} bytes has the impossible length ${length}`,
      )
    entries.push({
      offset,
      nextOffset: offset + length,
      rule: ruleOf(entry, layout, target > layout.entryBytes),
      name: textIn(entry.subarray(target + 2, target + 31)),
      data: entry.subarray(target + TARGET_HEAD_BYTES, length),
    })
    offset += length
  }
  return entries
}

function ruleOf(entry: Buffer, { addressBytes, conditions }: Layout, hasMatches: boolean): Omit<LegacyRule, 'target'> {
  const field = (index: number): Buffer => entry.subarray(index * addressBytes, (index + 1) * addressBytes)
  const [source, destination] = [tryPrefix(field(0), field(2)), tryPrefix(field(1), field(3))]
  const isOdd = source === 'odd' || destination === 'odd'
  return {
    ...(typeof source === 'object' && { source }),
    ...(typeof destination === 'object' && { destination }),
    hasOtherConditions: hasMatches || isOdd || entry.subarray(...conditions).some((byte) => byte !== 0),
  }
}

/** Undefined: any address. `odd`: a mask with gaps, which is no prefix. */
function tryPrefix(address: Buffer, mask: Buffer): Prefix | 'odd' | undefined {
  const bits = [...mask].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  if (!/^1*0*$/.test(bits)) return 'odd'
  const length = bits.lastIndexOf('1') + 1
  return length === 0 ? undefined : prefixOf(addressOfBytes(address), length)
}

const verdictOf = ({ data }: Entry): number => data.readInt32LE(0)

/** A standard target has no name: what is not negative is where it goes on. */
function targetOf(entry: Entry, names: ReadonlyMap<number, string>): LegacyTarget {
  if (entry.name !== '') return { kind: 'extension', name: entry.name }
  const verdict = verdictOf(entry)
  if (verdict === RETURN) return { kind: 'return' }
  if (verdict < 0) return { kind: verdict === -1 ? 'drop' : 'accept' }
  if (verdict === entry.nextOffset) return { kind: 'none' }
  return { kind: 'jump', chain: names.get(verdict) ?? `at ${verdict}` }
}

function textIn(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end)
}
