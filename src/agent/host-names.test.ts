import { describe, expect, it } from 'vitest'
import { createHandClock } from '../../test/hand-clock.ts'
import { type Address, formatAddress, parseAddress } from '../model/index.ts'
import { type NeededHost, watchHostNames } from './host-names.ts'
import type { OwnFamilies } from './own-families.ts'
import { usableAddresses } from './resolve-host.ts'

const ONE: NeededHost = { name: 'b.example.org', nodes: ['b'], isSilent: false }

function namesUnderTest(first: readonly NeededHost[] = [ONE]) {
  const clock = createHandClock(0)
  const asked: number[] = []
  const said: string[] = []
  let needed = first
  let answer: () => Promise<readonly Address[]> = async () => [parseAddress('198.51.100.7')]
  let changes = 0
  let own: OwnFamilies | undefined
  const names = watchHostNames({
    remembered: {},
    needed: () => needed,
    resolve() {
      asked.push(clock.now())
      return answer()
    },
    ownFamilies: () => own,
    onChange: () => {
      changes++
    },
    clock,
    log: { info: (_, message) => said.push(message), warn: (_, message) => said.push(message) },
  })
  return {
    clock,
    names,
    asked,
    said,
    changes: () => changes,
    need: (hosts: readonly NeededHost[]) => {
      needed = hosts
    },
    standOn: (next: OwnFamilies) => {
      own = next
    },
    answer: (next: typeof answer) => {
      answer = next
    },
  }
}

describe('names of hosts', () => {
  it('are asked for at once, and then every minute', async () => {
    const { clock, names, asked } = namesUnderTest()
    names.look()
    await clock.turn(185_000)
    expect(asked).toEqual([0, 60_000, 120_000, 180_000])
  })

  it('are asked for every five seconds while somebody there is silent, or while they were never found', async () => {
    const { clock, names, asked, need, answer } = namesUnderTest([{ ...ONE, isSilent: true }])
    names.look()
    await clock.turn(12_000)
    expect(asked).toEqual([0, 5000, 10_000])
    need([{ ...ONE, name: 'c.example.org' }])
    answer(() => Promise.reject(new Error('no')))
    await clock.turn(10_000)
    expect(asked.slice(3)).toEqual([15_000, 20_000])
  })

  it('are never asked for twice at once', async () => {
    const { clock, names, asked, answer } = namesUnderTest([{ ...ONE, isSilent: true }])
    answer(() => new Promise(() => {}))
    names.look()
    names.look()
    await clock.turn(60_000)
    expect(asked).toEqual([0])
  })

  it('make one change of many answers, and none of the same answer again', async () => {
    const { clock, names, changes } = namesUnderTest([ONE, { ...ONE, name: 'c.example.org' }])
    names.look()
    await clock.turn(200_000)
    expect(changes()).toBe(1)
    expect(Object.keys(names.addresses())).toEqual(['b.example.org', 'c.example.org'])
  })

  it('that nobody needs any more are forgotten, also where their answer comes late', async () => {
    const { clock, names, need, answer } = namesUnderTest()
    const { promise, resolve: tell } = Promise.withResolvers<readonly Address[]>()
    answer(() => promise)
    names.look()
    need([])
    names.look()
    tell([parseAddress('198.51.100.7')])
    await clock.turn(100)
    expect(names.addresses()).toEqual({})
  })

  it('say what is wrong once for each thing that is wrong, and when it is well again', async () => {
    const { clock, names, said, answer } = namesUnderTest([{ ...ONE, isSilent: true }])
    names.look()
    await clock.turn(6000)
    answer(() => Promise.reject(new Error('no name server answers')))
    await clock.turn(20_000)
    answer(async () => [parseAddress('127.0.1.1')])
    await clock.turn(10_000)
    answer(async () => [parseAddress('198.51.100.7')])
    await clock.turn(10_000)
    expect(said).toEqual([
      'resolved b.example.org',
      'cannot resolve b.example.org: no name server answers; going on with 198.51.100.7',
      'cannot resolve b.example.org: it has no address at which another machine could be; going on with 198.51.100.7',
      'resolved b.example.org',
    ])
  })

  it('are of no use where this machine lacks their family: that is said once, and again after it was otherwise', async () => {
    const { clock, names, said, answer, standOn } = namesUnderTest([{ ...ONE, isSilent: true }])
    const sentence =
      'b.example.org, the endpoint of b, has no address of a family that this machine has: it has IPv6 only, the underlay ' +
      'eth0 IPv4 only; it is reached only where it begins itself'
    answer(async () => [parseAddress('2001:db8::7')])
    names.look()
    await clock.turn(20_000)
    expect(said).toEqual(['resolved b.example.org']) // nobody has looked at the underlay yet
    standOn({ of: 'the underlay eth0', families: [4] })
    await clock.turn(20_000)
    expect(said.splice(0).slice(1)).toEqual([sentence])
    expect(names.states()[0]?.unusable).toBe('it has IPv6 only, the underlay eth0 IPv4 only')
    standOn({ of: 'the underlay eth0', families: [4, 6] })
    await clock.turn(20_000)
    expect(names.states()[0]?.unusable).toBeUndefined()
    standOn({ of: 'the underlay eth0', families: [4] })
    await clock.turn(20_000)
    expect(said).toEqual([sentence])
  })

  it('may be any: a machine called as a thing of JavaScript is looked up, and is nowhere before', async () => {
    const { clock, names, asked } = namesUnderTest([{ ...ONE, name: 'constructor' }])
    expect(names.addresses().constructor).toBeUndefined()
    names.look()
    expect(names.states()[0]?.addresses).toEqual([])
    await clock.turn(1000)
    expect(names.states()[0]?.addresses.map(formatAddress)).toEqual(['198.51.100.7'])
    expect(asked).toEqual([0])
    expect(names.addresses().toString).toBeUndefined() // as the planner reads it
  })

  it('are asked for by nobody after the end', async () => {
    const { clock, names, asked } = namesUnderTest()
    names.look()
    names.close()
    names.look()
    await clock.turn(200_000)
    expect(asked).toEqual([0])
  })
})

it('of the addresses of a name each counts once, in order, and none at which nobody else is', () => {
  const found = ['2001:db8::1', '198.51.100.9', '0.0.0.0', '::', '::1', '127.0.0.1', '198.51.100.7', '198.51.100.9']
  expect(usableAddresses(found.map(parseAddress)).map(formatAddress)).toEqual([
    '198.51.100.7',
    '198.51.100.9',
    '2001:db8::1',
  ])
  expect(() => usableAddresses([parseAddress('0.0.0.0')])).toThrow(/no address at which another machine/)
})
