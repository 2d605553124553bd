import { describe, expect, test } from 'vitest'
import { type Node, parseAddress, parsePrefix, type World } from '../model/index.ts'
import { prepareTolerantPlan, worldWithout } from './index.ts'
import { type Wish, worldOf } from './small-world.fixture.ts'

const at = (text: string): Pick<Node, 'privateAddresses'> => {
  const [address = '', length] = text.split('/')
  return { privateAddresses: [{ address: parseAddress(address), length: Number(length) }] }
}
const member = (name: string, address: string, more: Partial<Wish> = {}): Wish => ({
  name,
  site: 's',
  ...at(address),
  ...more,
})
const VXLAN = { kind: 'vxlan', encapsulate: 'always', port: 8472 } as const
const IPIP = { kind: 'ipip', encapsulate: 'always', port: 8472 } as const
const V4 = [parsePrefix('10.42.0.0/16')]
const V6 = [parsePrefix('fd42:42::/48')]
const offers = (text: string) => ({ offeredPrefixes: [parsePrefix(text)] })

/** Whom the plan leaves out, or why it is refused. */
function leftOutOf(world: World, standing: string, self?: string): string {
  const names = new Set(standing.split(' '))
  const outcome = prepareTolerantPlan(world, {
    isStanding: (name) => names.has(name),
    ...(self !== undefined && { self }),
  })
  if (outcome.kind === 'refused') return `refused: ${outcome.errors.join('; ')}`
  const isLeft = (name: string): boolean => !outcome.plan.nodes.has(name)
  expect([...world.nodes.keys()].filter(isLeft).sort()).toEqual([...outcome.leftOut].sort())
  expect(outcome.plan.issues.filter(({ severity }) => severity === 'error')).toEqual([])
  return [...outcome.leftOut].sort().join(' ')
}

describe('a newcomer that cannot be planned is left out', () => {
  const stray = member('0-new', '10.99.0.1/24')
  const old = [member('a', '172.31.0.1/24'), member('b', '172.31.0.2/24')]

  test.each<[string, World, standing: string, leftOut: string]>([
    ['nobody, where all fits', worldOf(old), 'a b', ''],
    ['in another subnet of a site that routes', worldOf([stray, ...old]), 'a b', '0-new'],
    ['also beside one old node alone', worldOf([stray, member('a', '172.31.0.1/24')]), 'a', '0-new'],
    [
      'all of them, were they many more, and none that fits',
      worldOf([...old, ...[3, 4, 5].map((n) => member(`c${n}`, `10.99.0.${n}/24`)), member('d', '172.31.0.9/24')]),
      'a b',
      'c3 c4 c5',
    ],
    [
      'whose broader subnet an old node of a narrower one does not have on its link',
      worldOf([member('0-new', '172.31.5.1/20'), member('a', '172.31.0.1/24'), member('b', '172.31.0.2/20')]),
      'a b',
      '0-new',
    ],
    [
      'whose narrower subnet does not have an old node on its link',
      worldOf([member('0-new', '172.31.0.1/24'), member('a', '172.31.5.1/20'), member('b', '172.31.0.2/20')]),
      'a b',
      '0-new',
    ],
    ['without IPv4 beside nodes with it', worldOf([member('0-new', 'fd00::1/64'), ...old]), 'a b', '0-new'],
    [
      'with IPv4 beside old nodes without it',
      worldOf([member('0-new', '172.31.0.1/24'), member('a', 'fd00::2/64')], { podPrefixes: V6 }),
      'a',
      '0-new',
    ],
    [
      'that would make a site of two, where one of them can send IPv4 nowhere',
      worldOf([member('0-new', 'fd00::1/64'), member('a', 'fd00::2/64')]),
      'a',
      '0-new',
    ],
    [
      'that brings IPv6 to a network with ipip sites',
      worldOf([...old, { name: 'far', site: 't', ...offers('fd00:9::/48') }], { podPrefixes: V4, fabric: IPIP }),
      'a b',
      'far',
    ],
    [
      'that joins an ipip site where an old node brings IPv6',
      worldOf([member('a', '172.31.0.1/24'), stray, { name: 'far', site: 't', ...offers('fd00:9::/48') }], {
        podPrefixes: V4,
        fabric: IPIP,
      }),
      'a far',
      '0-new',
    ],
    [
      'of the hardware address of an old node',
      worldOf([member('0-new', 'fd00::1a98:fcd8/64'), member('a', 'fd00::efd9:e30f/64')], { fabric: VXLAN }),
      'a',
      '0-new',
    ],
    [
      'at several sites at once, each by itself',
      worldOf([
        stray,
        ...old,
        { name: 'far', site: 't', ...at('172.31.9.1/24') },
        { name: 'near', site: 't', ...at('10.1.1.1/24') },
      ]),
      'a b near',
      '0-new far',
    ],
  ])('%s', (_, world, standing, leftOut) => {
    expect(leftOutOf(world, standing)).toBe(leftOut)
  })

  test('and the plan says so, with what is wrong, and names at most five', () => {
    const world = worldOf([...old, ...[1, 2, 3, 4, 5, 6, 7].map((n) => member(`c${n}`, `10.99.0.${n}/24`))])
    const isStanding = (name: string): boolean => name === 'a' || name === 'b'
    const one = prepareTolerantPlan(worldOf([...old, stray]), { isStanding })
    expect(one.kind === 'planned' && one.plan.issues).toEqual([
      {
        severity: 'warning',
        message: expect.stringMatching(
          /^node 0-new is left out: site s has fabric direct, and 0-new is not in the subnet of a .*; it is new here$/,
        ),
        nodes: ['0-new'],
      },
    ])
    const many = prepareTolerantPlan(world, { isStanding })
    expect(many.kind === 'planned' && many.plan.issues[0]?.message).toMatch(
      /^nodes c1, c2, c3, c4, c5 and 2 more are left out: .*; they are new here$/,
    )
  })

  test('it leaves neither a key nor a grant behind, and comes in once it is mended', () => {
    const world = { ...worldOf([stray, ...old]), grants: new Map([['0-new', { name: '0-new', slot: 1 }]]) }
    const isStanding = (name: string): boolean => name !== '0-new'
    const first = prepareTolerantPlan(world, { isStanding })
    if (first.kind === 'refused') throw new Error('it is refused')
    expect(first.plan.sites.get('s')?.gateways.map(({ node }) => node.name)).toEqual(['a'])
    const { nodes, statuses, grants } = worldWithout(world, first.leftOut)
    expect([nodes, statuses, grants].map((byNode) => [...byNode.keys()])).toEqual([['a', 'b'], ['a', 'b'], []])
    const mended = { ...world, nodes: worldOf([member('0-new', '172.31.0.9/24'), ...old]).nodes }
    const second = prepareTolerantPlan(mended, { isStanding, previous: first.plan })
    expect(second.kind === 'planned' && [...second.plan.nodes.keys()]).toEqual(['0-new', 'a', 'b'])
  })
})

test('while it is left out, a plan takes over from the one before what did not change, also the site that it is not in', () => {
  const world = worldOf([
    member('0-new', '10.99.0.1/24'),
    member('a', '172.31.0.1/24'),
    { name: 'b', site: 't' },
    { name: 'c', site: 'u' },
  ])
  const isStanding = (name: string): boolean => name !== '0-new'
  const first = prepareTolerantPlan(world, { isStanding })
  const nodes = new Map([...world.nodes].map(([name, node]) => [name, name === 'c' ? { ...node } : node]))
  if (first.kind === 'refused') throw new Error('it is refused')
  const second = prepareTolerantPlan({ ...world, nodes }, { isStanding, previous: first.plan })
  if (second.kind === 'refused') throw new Error('it is refused')
  const isSame = [...second.plan.sites].map(([name, site]) => [name, site === first.plan.sites.get(name)])
  expect(Object.fromEntries(isSame)).toEqual({ s: true, t: true, u: false })
})

describe('a change that would cut off nodes that stand is refused as a whole', () => {
  const two = [member('a', '172.31.0.1/24'), member('b', '172.31.9.2/24')]
  const stray = { name: 'near', site: 't', ...at('10.1.1.1/24') }

  test.each<[string, World, standing: string, message: RegExp]>([
    ['a fabric that does not reach them', worldOf(two), 'a b', /b is not in the subnet of a/],
    [
      'whatever newcomer is wrong besides, of whom nothing is said',
      worldOf([...two, stray, { name: 'far', site: 't', ...at('172.31.9.1/24') }]),
      'a b far',
      /^refused: site s has [^;]*; take vxlan$/,
    ],
    ['IPv6 for a site of ipip', worldOf(two, { fabric: IPIP }), 'a b', /ipip, which carries no IPv6/],
    [
      'nodes that lost their IPv4 address',
      worldOf([member('a', '172.31.0.1/24'), member('b', 'fd00::2/64')], { fabric: VXLAN }),
      'a b',
      /without a private IPv4 address \(b\)/,
    ],
  ])('%s', (_, world, standing, message) => {
    expect(leftOutOf(world, standing)).toMatch(/^refused: /)
    expect(leftOutOf(world, standing)).toMatch(message)
  })

  test('so is a world in which the node itself is the newcomer that cannot be planned', () => {
    expect(leftOutOf(worldOf(two), 'a', 'b')).toMatch(/^refused: .*b is not in the subnet of a/)
    expect(leftOutOf(worldOf(two), 'a', 'a')).toBe('b')
  })
})

describe('where nobody stands', () => {
  const parts = [member('0', '10.99.0.1/24'), member('a', '172.31.0.1/24'), member('b', '172.31.0.2/24')]

  test('the larger part of a site stays, then the one of the first name', () => {
    expect(leftOutOf(worldOf(parts), '')).toBe('0')
    expect(leftOutOf(worldOf(parts.slice(0, 2)), '')).toBe('a')
  })

  test('before that, the one of which nodes were granted slots, which everybody can read', () => {
    const world = { ...worldOf(parts), grants: new Map([['0', { name: '0', site: 's', slot: 1 }]]) }
    expect(leftOutOf(world, '')).toBe('a b')
    const elsewhere = { ...world, grants: new Map([['0', { name: '0', site: 't', slot: 1 }]]) }
    expect(leftOutOf(elsewhere, '')).toBe('0')
  })
})
