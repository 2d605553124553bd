// Random NodeStates that a planner could have made: whatever is named in them is there. They draw on few names, so that two
// of them have much in common, and differ in every way in which the state of yesterday differs from that of today.
import fc from 'fast-check'
import {
  ANCHOR_LINK,
  type Entry,
  fdbEntry,
  filterTable,
  GUARD_TABLE,
  interfaceAddress,
  type Link,
  type LinkType,
  link,
  type NextHop,
  type NextHopGroup,
  type NodeState,
  neighbour,
  nextHop,
  nextHopGroup,
  type PublicKey,
  parseAddress,
  parsePrefix,
  type Route,
  type RouteTarget,
  route,
  rule,
  sysctl,
  TABLE,
  wireguardDevice,
  wireguardPeer,
} from '../../src/model/index.ts'

export const because = [{ resource: 'Network/default', rule: 'made up' }]
/** A well-formed public key for each small number. */
export const publicKey = (n: number): PublicKey => `${'ABCDEFGHIJKLMNOP'.charAt(n)}${'a'.repeat(41)}A=` as PublicKey

const subset = <T>(...all: T[]): fc.Arbitrary<T[]> => fc.subarray(all)
const mtu = fc.constantFrom(1280, 1420)

const wireguard: LinkType = { kind: 'wireguard' }
const dummy: LinkType = { kind: 'dummy' }
const vxlan = (networkIdentifier: number): LinkType => ({
  kind: 'vxlan',
  networkIdentifier,
  port: 8472,
  local: parseAddress('192.0.2.1'),
})

const ipip = (mark: number): LinkType => ({ kind: 'ipip', local: parseAddress('192.0.2.1'), mark })

const aLink = (name: string, ...types: LinkType[]): fc.Arbitrary<Link[]> =>
  fc.oneof(
    fc.constant<Link[]>([]),
    fc.record({ type: fc.constantFrom(...types), mtuBytes: mtu }).map((fields) => [link({ name, ...fields, because })]),
  )

const IPIP = aLink('damask-ipip', ipip(0x1000), ipip(0x2000))
const linksAnd = (more: fc.Arbitrary<Link[]>): fc.Arbitrary<Link[]> =>
  fc
    .tuple(
      aLink(ANCHOR_LINK, dummy),
      aLink('damask-t1', wireguard, dummy),
      aLink('damask-t2', wireguard),
      aLink('damask-vx', vxlan(218), vxlan(219), dummy),
      more,
    )
    .map((all) => all.flat())

const ALLOWED = ['10.1.0.0/16', '10.2.0.0/16', '10.2.3.0/24', 'fd00:1::/48'].map(parsePrefix)
const ENDPOINT = { address: parseAddress('203.0.113.11'), port: 51820 }

/** Each prefix belongs to one of the peers at most. */
function peersOf(name: string): fc.Arbitrary<Entry[]> {
  const owners = fc.tuple(...ALLOWED.map(() => fc.nat(3)))
  return fc
    .tuple(subset(0, 1, 2), owners, fc.constantFrom(0, 25), fc.boolean())
    .map(([peers, owner, keepalive, known]) =>
      peers.map((n) =>
        wireguardPeer({
          link: name,
          publicKey: publicKey(n),
          ...(known && { endpoint: ENDPOINT }),
          allowedIps: ALLOWED.filter((_, index) => owner[index] === n),
          keepaliveSeconds: keepalive,
          because,
        }),
      ),
    )
}

/** No two devices ever have one port, in whatever order they get it. */
const portsOf = (name: string): readonly number[] => (name === 'damask-t1' ? [51820, 51830] : [51821, 51831])

function onLink({ name, type }: Link): fc.Arbitrary<Entry[]> {
  const common = fc.record({
    addresses: subset('10.4.1.1', 'fd00:4::1'),
    sysctls: subset('rp_filter', 'log_martians'),
    value: fc.constantFrom('0', '2'),
  })
  const own: fc.Arbitrary<Entry[]> =
    type.kind === 'wireguard'
      ? fc
          .tuple(peersOf(name), fc.constantFrom(...portsOf(name)))
          .map(([peers, listenPort]) => [
            wireguardDevice({ link: name, publicKey: publicKey(9), listenPort, mark: 0x1000, because }),
            ...peers,
          ])
      : type.kind === 'vxlan'
        ? fc.tuple(subset(11, 12), fc.constantFrom('192.0.2.2', '192.0.2.3')).map(([members, remote]) =>
            members.flatMap((n) => {
              const hardwareAddress = `02:da:ac:1f:00:${n}`
              const address = parseAddress(`fe80::${n}`)
              return [
                neighbour({
                  link: name,
                  address,
                  hardwareAddress: `${hardwareAddress.slice(0, -2)}${remote.slice(-1)}0`,
                  because,
                }),
                fdbEntry({ link: name, hardwareAddress, remote: parseAddress(remote), because }),
              ]
            }),
          )
        : fc.constant([])
  return fc
    .tuple(common, own)
    .map(([{ addresses, sysctls, value }, entries]) => [
      ...addresses.map((text) => interfaceAddress({ link: name, address: parseAddress(text), because })),
      ...sysctls.map((key) => sysctl({ key: `net/ipv4/conf/${name}/${key}`, value, because })),
      ...entries,
    ])
}

/** Ids whose holder is now a next hop, now a group. */
const IDS = [0xda000001, 0xda000002, 0xda400001, 0xda400002]

/** Not over dummies: where they are empty bridges they have no carrier, and the kernel refuses. */
function nextHops(links: readonly Link[]): fc.Arbitrary<(NextHop | NextHopGroup)[]> {
  const all = links.filter(({ type }) => type.kind !== 'dummy')
  if (all.length === 0) return fc.constant([])
  const roles = fc.tuple(...IDS.map(() => fc.constantFrom('none', 'next-hop', 'next-hop', 'group')))
  return fc.tuple(roles, fc.array(fc.nat(7), { minLength: 20, maxLength: 20 })).map(([role, choices]) => {
    const remaining = [...choices]
    const pick = (): number => remaining.pop() ?? 0
    const singles = IDS.filter((_, index) => role[index] === 'next-hop').flatMap((id) => {
      const over = all[pick() % all.length]
      const via = pick() % 2 === 0 ? { via: parseAddress('fe80::2') } : {}
      return over === undefined ? [] : [nextHop({ id, link: over.name, ...via, because })]
    })
    const groups = IDS.filter((_, index) => role[index] === 'group').flatMap((id) => {
      const members = singles.filter(() => pick() % 2 === 0).map((single) => single.id)
      return members.length === 0 ? [] : [nextHopGroup({ id, members, because })]
    })
    return [...singles, ...groups]
  })
}

function routes(all: readonly Link[], hops: readonly (NextHop | NextHopGroup)[]): fc.Arbitrary<Route[]> {
  const targets: RouteTarget[] = [
    { kind: 'throw' },
    { kind: 'unreachable' },
    ...hops.map(({ id }): RouteTarget => ({ kind: 'next-hop-object', id })),
    ...all.map(({ name }): RouteTarget => ({ kind: 'link', link: name })),
    ...all
      .filter(({ type }) => type.kind !== 'dummy')
      .flatMap(({ name }) => [overHops(name, '2'), overHops(name, '2', '3')]),
  ]
  const to = ['10.0.0.0/8', '10.1.0.0/16', '10.2.0.0/16', 'fd00:1::/48', 'fd00:2::/48'].map(parsePrefix)
  return fc.tuple(...to.map(() => fc.option(fc.constantFrom(...targets)))).map((chosen) =>
    to.flatMap((prefix, index) => {
      const target = chosen[index]
      return target ? [route({ table: TABLE, to: prefix, target, because })] : []
    }),
  )
}

const overHops = (link: string, ...hosts: string[]): RouteTarget => ({
  kind: 'via',
  hops: hosts.map((host) => ({ via: parseAddress(`fe80::${host}`), link, onlink: true })),
})

const guards: fc.Arbitrary<Entry[]> = fc
  .record({ holes: subset('10.9.0.0/16', '10.8.0.0/16'), on: fc.boolean() })
  .map(({ holes, on }) => [
    ...(on
      ? [guard('10.0.0.0/8', 'unreachable'), rule({ family: 4, preference: 5002, table: GUARD_TABLE, because })]
      : []),
    ...holes.map((to) => guard(to, 'throw')),
    rule({ family: 4, preference: 5000, table: TABLE, withoutMark: 0x1000, because }),
  ])
const guard = (to: string, kind: 'unreachable' | 'throw'): Route =>
  route({ table: GUARD_TABLE, to: parsePrefix(to), target: { kind }, because })

const filters: fc.Arbitrary<Entry[]> = fc.tuple(fc.boolean(), subset(...ALLOWED.slice(0, 2))).map(([on, elements]) =>
  on
    ? [
        filterTable({
          name: 'damask',
          sets: [{ name: 'owned4', family: 4, elements }],
          chains: [
            {
              name: 'forward',
              type: 'filter',
              hook: 'forward',
              priority: 0,
              rules: [{ when: [{ kind: 'mark', mask: 0x1000 }], verdict: { kind: 'drop' }, comment: 'leak' }],
            },
          ],
          because,
        }),
      ]
    : [],
)

// Sysctls of the host stay in every state: they are never taken back by a diff.
const settings = fc
  .constantFrom('0', '1')
  .map((value) => [
    sysctl({ key: 'net/ipv4/ip_forward', value, because }),
    sysctl({ key: 'net/ipv6/conf/all/accept_ra', value, because }),
  ])

const statesOver = (links: fc.Arbitrary<Link[]>): fc.Arbitrary<NodeState> =>
  links.chain((all) =>
    nextHops(all)
      .chain((hops) =>
        fc.tuple(settings, guards, filters, fc.tuple(...all.map(onLink)), fc.constant(hops), routes(all, hops)),
      )
      .map(([first, second, third, onLinks, hops, last]) => ({
        node: 'aws-1',
        gatewayAddresses: {},
        parts: [first, second, third, all, onLinks.flat(), hops, last],
      })),
  )

export const anyNodeState: fc.Arbitrary<NodeState> = statesOver(linksAnd(IPIP))
/** For kernels without the module ipip. */
export const anyNodeStateWithoutIpip: fc.Arbitrary<NodeState> = statesOver(linksAnd(fc.constant([])))
