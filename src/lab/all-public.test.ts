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
  const sent = [{ packets: 3, bytes: 3 * 114, mtuBytes: 1000 }]
  expect(bytesIfAllPublic(sent, pairs)).toBe(Math.round((3 * (100 + 60) * 4) / 6))
})

it('bytesIfAllPublic() takes a segmented TCP train for the packets that it becomes on the wire', () => {
  const sent = [{ packets: 1, bytes: 9014, mtuBytes: 1000 }]
  expect(bytesIfAllPublic(sent, pairs)).toBe(Math.round(((9000 + 60 * 9) * 4) / 6))
})

it('bytesIfAllPublic() is nothing where nothing was tried', () => {
  expect(bytesIfAllPublic([], [])).toBe(0)
})
