import { expect, it } from 'vitest'
import { parseAddress } from '../model/index.ts'
import { bytesIfAllPublic } from './all-public.ts'
import { type End, pairsOf } from './probe-end.ts'

const end = (name: string, node: string): End => ({
  name,
  node,
  namespace: '',
  link: 'eth0',
  addresses: [parseAddress('10.0.0.1')],
  mtuBytes: 1000,
})
// Six ordered pairs, four of them between nodes.
const pairs = pairsOf([end('a-1', 'a'), end('a-2', 'a'), end('b-1', 'b')])

const oneCloud = { internetBytes: 0, pairs, cloudOf: () => 'c', family: 4 } as const

it('bytesIfAllPublic() takes what crossed between clouds for every pair on different nodes', () => {
  const [a, b, c] = [end('a-1', 'a'), end('b-1', 'b'), end('c-1', 'c')]
  const cloudOf = (node: string) => (node === 'c' ? 'far' : 'near') // four of the six pairs cross
  expect(bytesIfAllPublic({ internetBytes: 1000, pairs: pairsOf([a, b, c]), cloudOf, traffic: [], family: 4 })).toBe(
    1500,
  )
})

it('bytesIfAllPublic() in one cloud adds a tunnel header to each packet and leaves out pairs inside one node', () => {
  const traffic = [{ sentPackets: 3, sentBytes: 3 * 114, receivedPackets: 3, mtuBytes: 1000 }]
  expect(bytesIfAllPublic({ ...oneCloud, traffic })).toBe(Math.round((3 * (100 + 60) * 4) / 6))
  expect(bytesIfAllPublic({ ...oneCloud, traffic, family: 6 })).toBe(Math.round((3 * (100 + 80) * 4) / 6))
})

it('bytesIfAllPublic() in one cloud takes a segmented TCP train for the packets that it becomes on the wire', () => {
  const train = { sentPackets: 1, sentBytes: 9014, receivedPackets: 0, mtuBytes: 1000 }
  expect(bytesIfAllPublic({ ...oneCloud, traffic: [train] })).toBe(Math.round(((9000 + 60 * 9) * 4) / 6))
  const arrived = { sentPackets: 0, sentBytes: 0, receivedPackets: 12, mtuBytes: 1000 }
  expect(bytesIfAllPublic({ ...oneCloud, traffic: [train, arrived] })).toBe(Math.round(((9000 + 60 * 12) * 4) / 6))
})

it('bytesIfAllPublic() is nothing where nothing was tried', () => {
  expect(bytesIfAllPublic({ ...oneCloud, pairs: [], traffic: [] })).toBe(0)
})
