import { describe, expect, test } from 'vitest'
import {
  type Entry,
  GUARD_TABLE,
  type NodeState,
  type PublicKey,
  parseAddress,
  parsePrefix,
  route,
  TABLE,
  wireguardDevice,
  wireguardPeer,
} from '../model/index.ts'
import { compileNode } from './compiled-node.ts'
import { NO_FACTS } from './machine-facts.ts'
import { longestMatch } from './prefix-table.ts'

const because: [] = []
const prefixes = (count: number) => Array.from({ length: count }, (_, nth) => parsePrefix(`10.${nth}.0.0/16`))
const routes = (count: number, link: string, table = TABLE): readonly Entry[] =>
  prefixes(count).map((to) => route({ table, to, target: { kind: 'link', link }, because }))
const peer = (name: string, count: number) =>
  wireguardPeer({
    link: 'wg0',
    publicKey: name as PublicKey,
    allowedIps: prefixes(count),
    keepaliveSeconds: 0,
    because,
  })
const device = wireguardDevice({ link: 'wg0', publicKey: 'own' as PublicKey, listenPort: 51820, mark: 0, because })

const compile = (...parts: (readonly Entry[])[]) => {
  const state: NodeState = { node: 'n', gatewayAddresses: {}, parts }
  return compileNode(state, NO_FACTS, undefined, undefined)
}
const linkTo = (node: ReturnType<typeof compile>, address: string, table = TABLE): unknown => {
  const found = node.tables.get(table)
  const value = found && longestMatch(found, parseAddress(address))?.value
  return value?.kind === 'entry' && value.route.target.kind === 'link' ? value.route.target.link : undefined
}
const peerFor = (node: ReturnType<typeof compile>, address: string): unknown => {
  const found = node.devices.get('wg0')
  return found && longestMatch(found.allowed, parseAddress(address))?.value.publicKey
}

/** One that is taken over prefix by prefix, and one that is shared whole. */
describe.each([{ count: 3 }, { count: 100 }])('$count prefixes', ({ count }) => {
  const last = `10.${count - 1}.0.1`
  const beyond = `10.${count}.0.1`

  test('are routes of each node that shares them, in their tables', () => {
    const shared = [...routes(count, 'a'), ...routes(count, 'b', GUARD_TABLE)]
    for (const node of [compile(shared), compile(shared)]) {
      expect([linkTo(node, last), linkTo(node, last, GUARD_TABLE)]).toEqual(['a', 'b'])
      expect([linkTo(node, beyond), linkTo(node, beyond, GUARD_TABLE)]).toEqual([undefined, undefined])
    }
  })

  test('of a later part count more than those of an earlier, on that node alone', () => {
    const [shared, own] = [routes(count, 'a'), routes(1, 'own')]
    const nodes = [compile(shared, own), compile(own, shared), compile(shared)]
    expect(nodes.map((node) => linkTo(node, '10.0.0.1'))).toEqual(['own', 'a', 'a'])
  })

  test('are allowed IPs of the last peer that has them', () => {
    const [a, b] = [peer('a', count), peer('b', 1)]
    const nodes = [compile([device, a, b]), compile([device, b, a]), compile([device, a])]
    expect(nodes.map((node) => peerFor(node, '10.0.0.1'))).toEqual(['b', 'a', 'a'])
    expect(nodes.map((node) => peerFor(node, last))).toEqual(['a', 'a', 'a'])
    expect(nodes.map((node) => peerFor(node, beyond))).toEqual([undefined, undefined, undefined])
  })
})
