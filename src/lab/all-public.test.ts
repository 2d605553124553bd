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

it('bytesIfAllPublic() adds a tunnel header to each packet and leaves out pairs inside one node', () => {
  const traffic = [{ sentPackets: 3, sentBytes: 3 * 114, receivedPackets: 3, mtuBytes: 1000 }]
  expect(bytesIfAllPublic(traffic, pairs, 4)).toBe(Math.round((3 * (100 + 60) * 4) / 6))
  expect(bytesIfAllPublic(traffic, pairs, 6)).toBe(Math.round((3 * (100 + 80) * 4) / 6))
})

it('bytesIfAllPublic() takes a segmented TCP train for the packets that it becomes on the wire', () => {
  const train = { sentPackets: 1, sentBytes: 9014, receivedPackets: 0, mtuBytes: 1000 }
  expect(bytesIfAllPublic([train], pairs, 4)).toBe(Math.round(((9000 + 60 * 9) * 4) / 6))
  const arrived = { sentPackets: 0, sentBytes: 0, receivedPackets: 12, mtuBytes: 1000 }
  expect(bytesIfAllPublic([train, arrived], pairs, 4)).toBe(Math.round(((9000 + 60 * 12) * 4) / 6))
})

it('bytesIfAllPublic() is nothing where nothing was tried', () => {
  expect(bytesIfAllPublic([], [], 4)).toBe(0)
})
