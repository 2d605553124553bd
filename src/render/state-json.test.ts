import { expect, test } from 'vitest'
import type { PublicKey } from '../model/index.ts'
import { exampleState } from './example-state.fixture.ts'
import { renderJson } from './index.ts'

const state = exampleState({ own: '?aws-1' as PublicKey, peer: '?gcp-1' as PublicKey })
const json = JSON.stringify(renderJson(state))

test('addresses and prefixes are text, the kind comes first and the reasons come last', () => {
  expect(json).toContain(
    '{"kind":"route","source":"10.42.1.1","table":218,"target":{"kind":"via","hops":[{"link":"$NIC","via":"172.31.0.21"}]},"to":"10.42.10.0/24","because":[{"field":"spec.podPrefixes[0]","resource":"Node/gcp-1","rule":"reached through the gateway of site gcp"}]}',
  )
  expect(json).toContain('"hops":[{"link":"damask-ipip","onlink":true,"via":"172.31.0.31"}]')
  expect(json).toContain('"name":"damask-ipip","type":{"kind":"ipip","local":"172.31.0.11","mark":4096}')
  expect(json).toContain('"endpoint":{"address":"198.51.100.11","port":51820}')
  expect(json).not.toContain('"w0"')
})

test('a state names its node and its gateway addresses first', () => {
  expect(json).toMatch(/^\{"node":"aws-1","gatewayAddresses":\["10.42.1.1","fd42:42:0:1::1"\],"entries":\[/)
})

test('every entry is there, and their order in the state makes no difference', () => {
  const parsed = JSON.parse(json)
  expect(parsed.entries).toHaveLength(state.parts.flat().length)
  const turned = state.parts.map((part) => part.toReversed()).toReversed()
  expect(JSON.stringify(renderJson({ ...state, parts: turned }))).toBe(json)
})
