// A set of documents that was looked at before is looked at in part; what comes of it must not tell.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CheckedWorld, checkWorld } from './check-world.ts'
import { doubtfulPart } from './doubtful-part.ts'
import type { Claim } from './read-resource.ts'
import { readResource } from './read-resource.ts'
import type { Resource } from './resource.ts'

const read = (kind: string, name: string, body: object): Resource => {
  const result = readResource({ apiVersion: 'damask.dev/v1alpha1', kind, metadata: { name }, ...body })
  if (result.kind === 'broken') throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result.resource
}

/** Few values of each, so that nodes often claim the same. `s` and `t` are sites too, or are not. */
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 's', 't'] as const
const name = fc.constantFrom(...NAMES)
const some = <Value>(values: readonly Value[], maxLength = 2, minLength = 0): fc.Arbitrary<Value[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { maxLength, minLength })
const maybe = <Value>(values: readonly Value[]): fc.Arbitrary<Value | undefined> =>
  fc.constantFrom(undefined, undefined, ...values)

const POD_PREFIXES = [
  ...Array.from({ length: 12 }, (_, n) => `10.1.${n}.0/24`),
  ...['10.1.0.0/22', '10.1.4.0/23', '10.1.2.0/31', '10.9.0.0/24', 'fd42:0:0:1::/64', 'fd42:0:0:2::/64', 'fd42::/56'],
]
const PRIVATE_ADDRESSES = [
  ...Array.from({ length: 8 }, (_, n) => `192.168.0.${n + 1}/24`),
  ...['192.168.0.0/24', '127.0.0.1/8', '10.1.3.7/24', '10.1.9.7/16', '172.20.0.1/16', '172.20.0.2/16', 'fd00::1/64'],
]
const OFFERED = [
  '192.168.7.0/24',
  '192.168.7.0/25',
  '172.20.0.1/32',
  '192.168.0.3/32',
  '10.1.0.0/16',
  '0.0.0.0/0',
  '127.0.0.0/9',
]
const HOSTS = ['203.0.113.1', '203.0.113.2', '203.0.113.3', 'x.example', 'y.example', '127.0.0.1', '2001:db8::1']
const KEYS = Array.from({ length: 6 }, (_, n) => Buffer.alloc(32, n + 1).toString('base64'))

const granted = fc
  .record({ site: maybe(['s', 't']), slot: maybe([1, 2, 9]) })
  .map(({ site, slot }) => ({ ...(site && { site }), ...(slot && { slot }) }))

const node = fc
  .record({
    name,
    labels: fc.constantFrom({}, { zone: 's' }, { zone: 'u' }),
    site: fc.constantFrom('s', 's', 't', 'u', undefined),
    privateAddresses: some(PRIVATE_ADDRESSES, 2, 1),
    podPrefixes: some(POD_PREFIXES),
    offeredPrefixes: fc.oneof(fc.constant([]), some(OFFERED, 1)),
    endpoint: fc.option(
      fc.record({
        host: fc.constantFrom(...HOSTS),
        port: fc.constantFrom(51820, 51821, 51836, 65535),
        ports: maybe([[51820], [51821, 9]]),
      }),
    ),
    lan: maybe(['172.20.0.1', '172.20.0.9', '172.20.0.0', '9.9.9.9']),
    gateway: fc.constantFrom('allow', 'allow', 'never'),
    granted: fc.oneof(fc.constant(undefined), granted),
  })
  .map(({ name, labels, granted, site, endpoint, lan, ...spec }) => {
    const { ports, ...reached } = endpoint ?? { ports: undefined }
    const metadata = { name, labels }
    const more = {
      ...(site && { site }),
      ...(lan && { lan }),
      ...(endpoint && { endpoint: { ...reached, ...(ports && { ports }) } }),
    }
    return read('Node', name, { metadata, spec: { ...spec, ...more }, ...(granted && { granted }) })
  })
const status = fc
  .record({ name, publicKey: maybe(KEYS) })
  .map(({ name, publicKey }) => read('NodeStatus', name, { status: { ...(publicKey && { publicKey }) } }))
const grant = fc.record({ name, granted }).map(({ name, granted }) => read('NodeGrant', name, { granted }))
const site = fc
  .record({
    name: fc.constantFrom('s', 't', 'u', 'nowhere'),
    spec: fc.constantFrom(
      {},
      { gatewaysPerSite: 3 },
      { fabric: { kind: 'ipip' } },
      { fabric: { kind: 'wireguard' } },
      { mtu: 1000 },
    ),
  })
  .map(({ name, spec }) => read('Site', name, { spec }))
const network = fc
  .record({
    name: fc.constantFrom('default', 'default', 'other'),
    podPrefixes: fc.constantFrom(['10.1.0.0/16', 'fd42::/48'], ['10.1.0.0/16'], ['10.1.0.0/16', '10.1.8.0/22']),
    sites: fc.constantFrom({ by: 'field' }, { by: 'field' }, { by: 'node' }, { by: 'label', label: 'zone' }),
    lan: maybe(['172.20.0.0/16', '192.168.0.0/16']),
    joinPrivateAddresses: fc.boolean(),
    fabric: fc.constantFrom({ kind: 'direct' }, { kind: 'vxlan' }, { kind: 'ipip' }),
  })
  .map(({ name, lan, ...spec }) => read('Network', name, { spec: { ...spec, ...(lan && { lan }) } }))
const LAB = read('Lab', 'l', {
  spec: { clouds: [{ name: 's', nat: 'none' }], nodes: { a: { cloud: 's' }, z: { cloud: 's' } } },
})

/** A document that is put in place of what had its kind and name, or is taken out; the place at which it is put tells of second ones. */
type Step = { readonly op: 'put' | 'second' | 'remove'; readonly resource: Resource }
const op: fc.Arbitrary<Step['op']> = fc.oneof(
  { arbitrary: fc.constant('put' as const), weight: 12 },
  { arbitrary: fc.constant('remove' as const), weight: 4 },
  { arbitrary: fc.constant('second' as const), weight: 1 },
)
const usual = fc.oneof(
  { arbitrary: node, weight: 8 },
  { arbitrary: status, weight: 4 },
  { arbitrary: grant, weight: 1 },
)
const seldom = fc.oneof(site, network, fc.constant(LAB))
const step: fc.Arbitrary<Step> = fc.record({
  op,
  resource: fc.oneof({ arbitrary: usual, weight: 12 }, { arbitrary: seldom, weight: 1 }),
})
const claims: fc.Arbitrary<readonly Claim[]> = fc.oneof(
  { arbitrary: fc.constant<readonly Claim[]>([]), weight: 5 },
  fc.array(
    fc.oneof(
      fc.constant<Claim>({ kind: 'Node' }),
      name.map((one): Claim => ({ kind: 'Node', name: one })),
      fc.constant<Claim>({}),
    ),
    { maxLength: 2 },
  ),
)

function take(documents: readonly Resource[], { op, resource }: Step): readonly Resource[] {
  if (op === 'second') return [...documents, resource]
  const isIt = ({ kind, value }: Resource): boolean => kind === resource.kind && value.name === resource.value.name
  if (op === 'remove') return documents.filter((one) => !isIt(one))
  return documents.some(isIt) ? documents.map((one) => (isIt(one) ? resource : one)) : [...documents, resource]
}

/** With the order of its maps. */
const inOrder = ({ problems, world, lab }: CheckedWorld): object => ({
  problems,
  lab: lab && { ...lab, placement: [...lab.placement] },
  world: world && {
    network: world.network,
    sites: [...world.sites],
    nodes: [...world.nodes],
    statuses: [...world.statuses],
    grants: [...world.grants],
  },
})

test('after any changes, the part that is looked at says all that the whole would say, in its order', () => {
  const start = fc.tuple(network, fc.array(usual, { maxLength: 14 }), fc.array(site, { maxLength: 1 }))
  const changes = fc.array(fc.tuple(fc.array(step, { minLength: 1, maxLength: 3 }), claims), {
    minLength: 1,
    maxLength: 8,
  })
  fc.assert(
    fc.property(start, changes, ([first, many, sites], sequence) => {
      let documents: readonly Resource[] = [first]
      for (const resource of [...many, ...sites]) documents = take(documents, { op: 'put', resource })
      let checked = checkWorld(documents)
      for (const [steps, unusable] of sequence) {
        documents = steps.reduce(take, documents)
        checked = checkWorld(documents, unusable, checked)
        expect(inOrder(checked)).toEqual(inOrder(checkWorld(documents, unusable)))
      }
    }),
    { numRuns: 3000 },
  )
})

describe('of a thousand nodes that are well', () => {
  const one = (n: number, spec: object = {}): Resource =>
    read('Node', `n${String(n).padStart(4, '0')}`, {
      spec: {
        site: `s${n % 10}`,
        privateAddresses: [`192.168.${n >> 8}.${n & 255}/16`],
        podPrefixes: [`10.${n >> 8}.${n & 255}.0/24`],
        ...spec,
      },
    })
  const settings = read('Network', 'default', { spec: { podPrefixes: ['10.0.0.0/8'], sites: { by: 'field' } } })
  const all = [settings, ...Array.from({ length: 1000 }, (_, n) => one(n + 1))]
  const before = checkWorld(all)
  const lookedAt = (changed: Resource): readonly string[] => {
    const resources = all.map((resource) => (resource.value.name === changed.value.name ? changed : resource))
    return [...doubtfulPart(checkWorld(resources).index, before).part.nodes.keys()]
  }

  test('one that changed is looked at alone', () => {
    expect(lookedAt(one(77, { podPrefixes: ['10.200.0.0/24'] }))).toEqual(['n0077'])
  })

  test('and those with which it has something in common now', () => {
    expect(lookedAt(one(77, { podPrefixes: ['10.0.4.0/23'] }))).toEqual(['n0004', 'n0005', 'n0077'])
    expect(lookedAt(one(77, { privateAddresses: ['192.168.1.1/16'] }))).toEqual(['n0077', 'n0257'])
  })

  test('maps of which nothing changed are those of the World before', () => {
    const status = read('NodeStatus', 'n0077', { status: { publicKey: KEYS[0] } })
    const { world } = checkWorld([...all, status], [], before)
    expect(world?.nodes).toBe(before.world?.nodes)
    expect(world?.sites).toBe(before.world?.sites)
    expect([...(world?.statuses.keys() ?? [])]).toEqual(['n0077'])
  })
})
