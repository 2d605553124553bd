import { expect, onTestFinished, test } from 'vitest'
import { scratchNamespace } from '../../../test/scratch-namespace.ts'
import { nthAddress, parseAddress, parsePrefix, prefixOf } from '../../model/index.ts'
import { addAddressMessage, dumpAddressesMessage, tryAddressRecord } from '../rtnetlink/address-message.ts'
import { deleteRouteMessage, newRouteMessage } from '../rtnetlink/route-message.ts'
import { openRtnetlink, type Rtnetlink } from '../rtnetlink.ts'
import { codeOf } from '../system-error.ts'
import { type Message, NLM_F_CREATE, NLM_F_EXCL } from './message.ts'
import { openNetlinkSocket } from './socket.ts'

const RANGE = parsePrefix('10.0.0.0/8')
const CREATE = NLM_F_CREATE | NLM_F_EXCL

function scratchRtnetlink(): Rtnetlink {
  const rtnetlink = openRtnetlink(scratchNamespace().handle)
  onTestFinished(rtnetlink.close)
  return rtnetlink
}
const unreachable = (number: number): Message =>
  newRouteMessage(CREATE, { to: prefixOf(nthAddress(RANGE, number), 32), type: 'unreachable', table: 300 })

test('a batch of many sends makes all of it', async () => {
  const rtnetlink = scratchRtnetlink()
  expect(await rtnetlink.batch(Array.from({ length: 5000 }, (_, number) => unreachable(number)))).toEqual([])
  expect(rtnetlink.routes(4, 300)).toHaveLength(5000)
})

test('what is refused in a batch comes back with its place, and the others are made', async () => {
  const rtnetlink = scratchRtnetlink()
  rtnetlink.setLink('lo', { isUp: true })
  const bad = newRouteMessage(CREATE, { to: RANGE, hops: [{ via: parseAddress('99.0.0.1') }], table: 300 })
  const messages = Array.from({ length: 3000 }, (_, number) =>
    [2, 6, 1500, 2999].includes(number) ? bad : unreachable(number),
  )
  const failures = await rtnetlink.batch(messages)
  expect(failures.map(({ index, code, text }) => ({ index, code, text }))).toEqual(
    [2, 6, 1500, 2999].map((index) => ({ index, code: 'ENETUNREACH', text: 'Nexthop has invalid gateway' })),
  )
  expect(rtnetlink.routes(4, 300)).toHaveLength(2996)
})

test('five thousand refusals at once overrun nothing', async () => {
  const rtnetlink = scratchRtnetlink()
  const failures = await rtnetlink.batch(
    Array.from({ length: 5000 }, () => deleteRouteMessage({ to: parsePrefix('10.0.0.0/8'), table: 300 })),
  )
  expect(failures).toHaveLength(5000)
  expect(failures.map(({ index }) => index)).toEqual(Array.from({ length: 5000 }, (_, index) => index))
})

test('batches that are asked for at once are made one after the other', async () => {
  const rtnetlink = scratchRtnetlink()
  const all = Array.from({ length: 1000 }, (_, number) => unreachable(number))
  const [made, refused] = await Promise.all([rtnetlink.batch(all.slice(0, 999)), rtnetlink.batch(all)])
  expect(made).toEqual([])
  expect(refused.map(({ index, code }) => [index, code])).toEqual(
    Array.from({ length: 999 }, (_, index) => [index, 'EEXIST']),
  )
  expect(rtnetlink.routes(4, 300)).toHaveLength(1000)
})

test('a batch of messages as large as those to WireGuard, megabytes in all, fits the send buffer', async () => {
  const rtnetlink = scratchRtnetlink()
  rtnetlink.setLink('lo', { isUp: true })
  const hops = Array.from({ length: 2000 }, () => ({ index: rtnetlink.linkIndex('lo') }))
  const large = Array.from({ length: 200 }, (_, number) =>
    newRouteMessage(CREATE, { to: prefixOf(nthAddress(RANGE, number), 32), hops, table: 300 }),
  )
  expect(await rtnetlink.batch(large)).toEqual([])
  expect(rtnetlink.routes(4, 300)).toHaveLength(200)
})

test('an empty batch does nothing', async () => {
  expect(await scratchRtnetlink().batch([])).toEqual([])
})

test('after a failure the socket is as good as before', () => {
  const rtnetlink = scratchRtnetlink()
  for (let round = 0; round < 3; round++) {
    expect(() => rtnetlink.deleteLink('nobody')).toThrow('cannot delete link nobody: ENODEV')
    expect(rtnetlink.links().map(({ name }) => name)).toEqual(['lo'])
  }
})

test('a refusal is an error with the code and the words of the kernel', () => {
  const rtnetlink = scratchRtnetlink()
  try {
    rtnetlink.addRoute({ to: parsePrefix('10.0.0.0/8'), via: parseAddress('99.0.0.1') })
    expect.unreachable()
  } catch (error) {
    expect(codeOf(error)).toBe('ENETUNREACH')
    expect(String(error)).toBe('Error: cannot add route 10.0.0.0/8: ENETUNREACH - Nexthop has invalid gateway')
  }
})

test('a dump begins again when what it reads changed meanwhile', async () => {
  const { handle } = scratchNamespace()
  const [reading, changing] = [openNetlinkSocket({ namespace: handle }), openRtnetlink(handle)]
  onTestFinished(() => [reading, changing].forEach(({ close }) => void close()))
  const index = changing.linkIndex('lo')
  const addresses = (from: number, count: number): Message[] =>
    Array.from({ length: count }, (_, number) =>
      addAddressMessage({ index, address: nthAddress(RANGE, from + number), length: 32 }),
    )
  expect(await changing.batch(addresses(1, 2000))).toEqual([])

  let seen = 0
  const all = reading.dump(dumpAddressesMessage, (received) => {
    if (++seen === 5) changing.addAddress('lo', nthAddress(RANGE, 5000), 32) // the dump is in its first of several parts
    return tryAddressRecord(received)
  })
  expect(seen).toBeGreaterThan(2001)
  expect(all.filter(({ address }) => address.family === 4 && address.w0 >>> 24 === 10)).toHaveLength(2001)
})

test('slow requests run beside the event loop, one after the other, and fail as the others do', async () => {
  const rtnetlink = scratchRtnetlink()
  for (const name of ['a', 'b', 'c']) rtnetlink.addBridge({ name })
  const results = await Promise.allSettled(['a', 'nobody', 'b', 'c'].map((name) => rtnetlink.deleteLinkAsync(name)))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  expect(results[1]).toMatchObject({ reason: { code: 'ENODEV', message: 'cannot delete link nobody: ENODEV' } })
  expect(rtnetlink.links().map(({ name }) => name)).toEqual(['lo'])
})

test('a closed socket refuses, as its descriptor may be another file by now', async () => {
  const { handle } = scratchNamespace()
  const socket = openNetlinkSocket({ namespace: handle })
  socket.close()
  socket.close()
  expect(() => socket.dump(dumpAddressesMessage, tryAddressRecord, 'cannot read the addresses')).toThrow(
    'cannot read the addresses: this netlink socket was closed',
  )
  await expect(socket.batch([unreachable(1)])).rejects.toThrow('a netlink batch failed: this netlink socket was closed')
  await expect(socket.requestAsync(unreachable(1))).rejects.toThrow('this netlink socket was closed')
})

test('a socket that is closed while a slow request runs lets it end', async () => {
  const rtnetlink = openRtnetlink(scratchNamespace().handle)
  rtnetlink.addBridge({ name: 'a' })
  const deletion = rtnetlink.deleteLinkAsync('a')
  rtnetlink.close()
  await expect(deletion).resolves.toBeUndefined()
})
