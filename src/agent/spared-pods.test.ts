import { expect, it } from 'vitest'
import { openMemoryKernel } from '../linux/index.ts'
import { type Entry, keyOf, link, neighbour, parseAddress } from '../model/index.ts'
import { sparePods } from './spared-pods.ts'

const because = [] as const
const podEntries = (name: string): Entry[] => [
  link({ name, type: { kind: 'veth' }, mtuBytes: 1390, because }),
  neighbour({ link: name, address: parseAddress('10.42.1.2'), hardwareAddress: '02:00:00:00:00:09', because }),
]
const keysOf = (entries: readonly Entry[]) => entries.map(keyOf)

it('hides what its DEL is removing, and all strangers while nobody knows which pods there are', async () => {
  const memory = openMemoryKernel({ hostLinks: [] })
  const [known, stranger, leaving] = ['dmkknown', 'dmkstranger', 'dmkleaving'].map(podEntries) as [
    Entry[],
    Entry[],
    Entry[],
  ]
  await memory.apply([...known, ...stranger, ...leaving].map((entry) => ({ op: 'create', entry })))
  let isSparingOthers = false
  const kernel = sparePods(memory, {
    known: () => [{ link: 'dmkknown' }],
    isSparingOthers: () => isSparingOthers,
    isLeaving: (name) => name === 'dmkleaving',
  })
  const seen = async () => keysOf((await kernel.observe([])).entries)
  expect((await seen()).toSorted()).toEqual(keysOf([...known, ...stranger]).toSorted())
  isSparingOthers = true
  expect((await seen()).toSorted()).toEqual(keysOf(known).toSorted())
})
