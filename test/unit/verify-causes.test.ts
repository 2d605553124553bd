// `damask verify` says one cause once, however many sites and machines it strikes, and every lost pair stands under one cause.
import { describe, expect, test } from 'vitest'
import { networkText, problemsIn } from '../../src/cli/verify/network-text.ts'
import { siteNames } from '../../src/model/index.ts'
import { compileNetwork, type NetworkInput, proveNetwork } from '../../src/verifier/index.ts'
import { FAULT_KINDS, type Fault, withFaults } from './random-fault.ts'
import { inputOf, vxlanWorldOf } from './regular-world.ts'

// s1 is behind NAT: others cannot begin with it.
const world = vxlanWorldOf(Array.from({ length: 6 }, (_, nth) => ({ machines: 3, isBehindNat: nth === 1 })))
const whole = inputOf(world)
const siteOf = siteNames(world.network, world.nodes.values())

function told(input: NetworkInput) {
  const proof = proveNetwork(input)
  const network = compileNetwork(input)
  const text = networkText({ proof, siteOf, network, source: 'world.yaml', paint: undefined })
  return { text, lost: problemsIn(proof).reduce((sum, { pairs }) => sum + pairs, 0) }
}

const broken = (...faults: readonly Fault[]) => told(withFaults(whole, faults))

/** Paragraphs, of faults and of sizes. */
const heads = (text: string) => text.split('\n').filter((line) => /^(error|warning):/.test(line))
const paragraph = (text: string) =>
  text
    .split('\n')
    .filter((line) => /^error|^ {4}(?!for one|by|because|\(of)/.test(line))
    .join('\n')

describe('one cause is told once:', () => {
  test('a closed port', () => {
    const { text } = broken({ kind: 'closed port', node: 4, entry: 0 })
    expect(paragraph(text)).toBe(
      `error: 144 pairs are lost: the firewall of s4 does not let UDP port 51820 through
    between site s1 (s1-m0, s1-m1 and s1-m2) and site s4 (s4-m0, s4-m1 and s4-m2); machines and pods, IPv4 and IPv6
    see: damask trace s1-m0 10.42.4.1 world.yaml`,
    )
    expect(text).toMatch(/^warning: only s4-m0 can begin the session with .*: [\d,]+ pairs depend on that$/m)
  })

  test('a peer that is missing on one side, which loses what comes and what goes', () => {
    const { text } = broken({ kind: 'no peer', node: 0, entry: 3 })
    expect(heads(text)).toEqual([
      'error: 144 pairs are lost: damask-t1 of s0-m0 lacks a peer, or a prefix among the allowed IPs of one',
    ])
  })

  test('a prefix that is missing among allowed IPs', () => {
    const { text } = broken({ kind: 'fewer allowed IPs', node: 0, entry: 1 })
    expect(heads(text)).toEqual([
      'error: 24 pairs are lost: damask-t1 of s0-m0 lacks a peer, or a prefix among the allowed IPs of one',
    ])
  })

  test('a key that is another than all others know', () => {
    const { text } = broken({ kind: 'another key', node: 0, entry: 0 })
    expect(paragraph(text)).toBe(
      `error: 720 pairs are lost: s0-m0 has another key than others know
    between site s0 (s0-m0, s0-m1 and s0-m2) and 15 nodes of 5 sites (s1, s2, s3 and 2 others); machines and pods, IPv4 and IPv6
    see: damask trace s0-m0 10.42.1.1 world.yaml`,
    )
  })

  test('a neighbour that one gateway does not know', () => {
    const { text } = broken({ kind: 'no neighbour', node: 0, entry: 1 })
    expect(heads(text)).toEqual([
      expect.stringMatching(/^error: \d+ pairs are lost: s0-m0 has no neighbour fe80::\S+ on damask-vx$/),
    ])
    expect(text).toMatch(
      /\n {4}by nexthop id \d+ via fe80::.*\n {4}because Network\/default spec.fabric: s0-m2 is in the same site/,
    )
  })

  test('a wire that is narrower than its network, with every size above which packets are lost', () => {
    const { text, lost } = broken({ kind: 'narrow machine', node: 0, entry: 0 })
    expect(lost).toBe(0)
    expect(heads(text)).toEqual([
      expect.stringMatching(
        /^warning: [\d,]+ pairs lose packets of more than 1328, 1350, 1400 bytes, and nobody is told: where s0 is on the way/,
      ),
    ])
    expect(text).toMatch(/a packet of 1404 bytes comes to a wire that takes 1400, and nobody splits it there/)
    expect(text).toMatch(/\n {4}see: damask trace s0-m0 10.42.1.1 --size 1329 world.yaml/)
  })
})

test('two causes are told apart, the one that loses more first', () => {
  const { text } = broken({ kind: 'another key', node: 0, entry: 0 }, { kind: 'no peer', node: 3, entry: 3 })
  expect(heads(text).map((line) => line.replace(/^\S+ [\d,]+ pairs are lost: /, ''))).toEqual([
    's0-m0 has another key than others know',
    expect.stringMatching(/^damask-t1 of s3-m0 lacks a peer/),
  ])
})

test.each(FAULT_KINDS)('every lost pair stands under one cause and no other: %s', (kind) => {
  for (const [node, entry] of [
    [0, 1],
    [4, 7],
  ] as const) {
    const { text, lost } = broken({ kind, node, entry })
    const counted = [...text.matchAll(/^error: ([\d,]+) pairs?/gm)]
    expect(counted.reduce((sum, [, pairs = '']) => sum + Number(pairs.replaceAll(',', '')), 0)).toBe(lost)
  }
})

test('of sites that are alike in what is lost, it is said that one stands for others', () => {
  const networks = [...whole.underlay.networks].map(([name, network]) => [
    name,
    network.uplink === undefined
      ? network
      : { ...network, uplink: { ...network.uplink, fromInternet: { rules: [], otherwise: 'drop' as const } } },
  ])
  const { text } = told({ ...whole, underlay: { ...whole.underlay, networks: new Map(networks as never) } })
  expect(text).toMatch(
    /^error: [\d,]+ pairs are lost: the firewall of s\d does not let UDP port 51820 through\n {4}(among|between) /,
  )
  expect(text).toMatch(/\n {4}\(of those that are alike one is named: s\d for \d networks/)
})
