import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { processorMilliseconds } from '../../../test/processor-time.ts'
import { nthAddress, parsePrefix, prefixOf } from '../../model/index.ts'
import { createNamespace, deleteNamespace, type NamespaceHandle, openNamespace } from '../namespace.ts'
import { NETLINK_NETFILTER } from '../netlink/descriptor.ts'
import { NFTABLES_GROUP, openMonitor } from '../netlink/monitor.ts'
import { type FilterStore, openFilterStore } from './filter-store.ts'
import { prefixes, REFERENCE, withSet } from './reference-table.ts'
import { tableOfEvent } from './table-of-event.ts'

let name: string
let namespace: NamespaceHandle
let store: FilterStore

beforeEach(() => {
  name = `dmk-nft-${process.pid}-${randomBytes(3).toString('hex')}`
  createNamespace(name)
  namespace = openNamespace(name)
  store = openFilterStore(namespace)
})
afterEach(() => {
  store.close()
  namespace.close()
  deleteNamespace(name)
})

const nft = (...words: string[]): string =>
  execFileSync('nsenter', [`--net=/run/netns/${name}`, 'nft', ...words], { encoding: 'utf8' })
test('there is no table until one is made, and none after it was deleted, twice', async () => {
  expect(await store.read()).toBeUndefined()
  await store.apply({ op: 'create', entry: REFERENCE })
  expect(await store.read()).toEqual(REFERENCE)
  await store.apply({ op: 'delete', entry: REFERENCE })
  expect(await store.read()).toBeUndefined()
  await store.apply({ op: 'delete', entry: REFERENCE })
  expect(nft('list', 'tables')).toBe('')
})

test('nft prints the rules as an operator would write them', async () => {
  await store.apply({ op: 'create', entry: REFERENCE })
  const printed = nft('--stateless', 'list', 'table', 'inet', 'damask')
  expect(
    printed
      .split('\n')
      .filter((line) => /hook|comment/.test(line))
      .map((line) => line.trim()),
  ).toEqual([
    'type filter hook prerouting priority raw; policy accept;',
    'ip saddr @known4 ip daddr != @known4 counter notrack comment "transit"',
    'ip6 saddr @known6 ip6 daddr != @known6 counter notrack comment "transit"',
    'type filter hook forward priority filter; policy accept;',
    'iifname "lan" oifname != "damask*" ip daddr @known4 counter drop comment "no bounce"',
    'iifname "damask-f*" oifname "damask-f*" ip daddr @known4 counter drop comment "no bounce"',
    'tcp flags syn / syn,rst counter tcp option maxseg size set rt mtu comment "mss"',
    'type filter hook postrouting priority 200; policy accept;',
    'ip daddr @known4 rt ip nexthop != @hop4 counter drop comment "leak"',
    'ip6 daddr @known6 rt ip6 nexthop != @hop6 counter drop comment "leak"',
    'type nat hook postrouting priority srcnat - 1; policy accept;',
    'ip daddr @known4 meta mark & 0x00004000 == 0x00004000 counter snat ip to 10.42.1.1 comment "into"',
    'ip6 daddr @known6 meta mark & 0x00004000 == 0x00004000 counter snat ip6 to fd42::1 comment "into"',
    'ip saddr 10.42.1.0/24 oifname != "dmk*" fib daddr type != local counter masquerade random,fully-random comment "out"',
  ])
})

test('a create takes the place of whatever table has the name', async () => {
  nft('add table inet damask { chain old { type filter hook input priority 0; policy drop; }; }')
  await store.apply({ op: 'create', entry: REFERENCE })
  expect(await store.read()).toEqual(REFERENCE)
})

test('an update of elements leaves the rules and their counters as they are', async () => {
  await store.apply({ op: 'create', entry: REFERENCE })
  const before = nft('--handle', 'list', 'chain', 'inet', 'damask', 'leak')
  const wanted = withSet(REFERENCE, 'known4', prefixes('10.0.0.0/17', '10.1.0.10/32', '10.1.0.12/31', '224.0.0.0/3'))
  await store.apply({ op: 'update', entry: wanted, observed: REFERENCE })
  expect(await store.read()).toEqual(wanted)
  expect(nft('--handle', 'list', 'chain', 'inet', 'damask', 'leak')).toBe(before)
})

test('an update of a rule replaces the table in one transaction', async () => {
  await store.apply({ op: 'create', entry: REFERENCE })
  const wanted = { ...REFERENCE, chains: REFERENCE.chains.slice(1) }
  await store.apply({ op: 'update', entry: wanted, observed: REFERENCE })
  expect(await store.read()).toEqual(wanted)
})

test('an update from a table that is no longer there makes all of it', async () => {
  await store.apply({ op: 'create', entry: REFERENCE })
  nft('delete table inet damask')
  const wanted = withSet(REFERENCE, 'known6', prefixes('::1/128', 'fd42::/64', 'fd42:0:0:1::/64', 'fd43::/64'))
  await store.apply({ op: 'update', entry: wanted, observed: REFERENCE })
  expect(await store.read()).toEqual(wanted)
})

test.each([
  ['add rule inet damask leak ct state invalid drop'],
  ['add rule inet damask leak ip saddr 10.0.0.1 counter drop'],
  ['insert rule inet damask leak meta mark & 0xf000 == 0x1000 counter drop comment "leak"'],
  ['add rule inet damask nat ip saddr 1.2.3.4 counter masquerade random comment "out"'],
  ['add rule inet damask nat ip saddr 1.2.3.4 counter snat ip to 1.2.3.4-1.2.3.9 comment "into"'],
  ['add rule inet damask leak ip saddr vmap { 1.2.3.4 : drop }'],
  ['flush chain inet damask leak'],
  ['add chain inet damask extra'],
  ['add chain inet damask extra { type filter hook input priority 0; policy accept; }'],
  ['chain inet damask leak { policy drop; }'],
  ['add set inet damask extra { type ipv4_addr; }'],
  ['add set inet damask ports { type inet_service; }'],
  ['add map inet damask m { type ipv4_addr : ipv4_addr; }'],
  ['add counter inet damask c'],
  ['add element inet damask known4 { 1.2.3.4 }'],
  ['add element inet damask known4 { 1.2.3.4 comment "mine" }'],
  ['delete element inet damask known4 { 10.0.0.0/16 }'],
  ['flush set inet damask hop4'],
  ['add table inet damask { flags dormant; }'],
])('what somebody else does to the table shows as a difference, and is put back: %s', async (command) => {
  await store.apply({ op: 'create', entry: REFERENCE })
  expect(await store.read()).toEqual(REFERENCE)
  nft(command)
  const observed = await store.read()
  expect(observed).not.toEqual(REFERENCE)
  if (observed) await store.apply({ op: 'update', entry: REFERENCE, observed })
  expect(await store.read()).toEqual(REFERENCE)
})

test('a refused change says what nftables said, and nothing of it is made', async () => {
  const wrong = withSet(REFERENCE, 'known4', prefixes('10.0.0.0/8', '10.0.0.0/16'))
  await expect(store.apply({ op: 'create', entry: wrong })).rejects.toThrow(
    'nftables refused it: conflicting intervals specified',
  )
  expect(await store.read()).toBeUndefined()
})

test('5,000 elements are made, read and changed in tens of milliseconds', async () => {
  const all = Array.from({ length: 5000 }, (_, n) => prefixOf(nthAddress(parsePrefix('10.0.0.0/8'), n * 512), 24))
  const big = withSet(REFERENCE, 'known4', all)
  const times: Record<string, number> = {}
  const timed = async (what: string, step: () => Promise<unknown>): Promise<unknown> => {
    let result: unknown
    times[what] = await processorMilliseconds(async () => {
      result = await step()
    }, 1)
    return result
  }
  await timed('create', () => store.apply({ op: 'create', entry: big }))
  expect(await timed('read', () => store.read())).toEqual(big)
  // The quickest of a few: whatever else this process has to do may come in between.
  for (let turn = 0; turn < 5; turn++) await timed(`read again ${turn}`, () => store.read())
  const changed = withSet(big, 'known4', [...all.slice(0, 2500), ...all.slice(2501)])
  await timed('delete one', () => store.apply({ op: 'update', entry: changed, observed: big }))
  expect(await store.read()).toEqual(changed)
  await timed('add one', () => store.apply({ op: 'update', entry: big, observed: changed }))
  expect(await store.read()).toEqual(big)
  // Nobody changed anything: the generation says so, and nothing is listed.
  const again = Object.entries(times).flatMap(([what, time]) => (what.startsWith('read again') ? [time] : []))
  expect(Math.min(...again)).toBeLessThan((times.read ?? 0) / 2)
  for (const [what, milliseconds] of Object.entries(times)) expect(milliseconds, what).toBeLessThan(10_000)
})

test('an event of the monitor names the table that it is about', async () => {
  const heard: (string | undefined)[] = []
  const monitor = openMonitor({
    protocol: NETLINK_NETFILTER,
    namespace,
    groups: [NFTABLES_GROUP],
    onMessage: (received) => heard.push(tableOfEvent(received)),
    onOverrun: () => {},
    onUnreadable: (error) => heard.push(String(error)),
  })
  const heardAfter = async (command: string): Promise<(string | undefined)[]> => {
    heard.length = 0
    nft(command)
    await expect.poll(() => heard.includes(undefined)).toBe(true) // the end of the transaction
    return [...new Set(heard)].filter((table) => table !== undefined)
  }
  await store.apply({ op: 'create', entry: REFERENCE })
  await expect.poll(() => heard.includes(undefined)).toBe(true)
  expect(await heardAfter('add table ip damask')).toEqual(['ip damask'])
  expect(await heardAfter('delete element inet damask known4 { 10.0.0.0/16 }')).toEqual(['inet damask'])
  expect(await heardAfter('add element inet damask known4 { 1.2.3.4 }')).toEqual(['inet damask'])
  expect(await heardAfter('flush chain inet damask leak')).toEqual(['inet damask'])
  expect(await heardAfter('add chain inet damask leak { policy drop; }')).toEqual(['inet damask'])
  expect(await heardAfter('delete table inet damask')).toEqual(['inet damask'])
  // Somebody else's chain of a short name: in a message about a rule its name has the number of a table's flags, four bytes.
  expect(await heardAfter('add table inet other { chain x { accept; }; set s { type ipv4_addr; }; }')).toEqual([
    'inet other',
  ])
  expect(await heardAfter('add rule inet other x drop')).toEqual(['inet other'])
  expect(await heardAfter('delete table inet other')).toEqual(['inet other'])
  monitor.close()
})
