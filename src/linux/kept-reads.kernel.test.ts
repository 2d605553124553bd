// A kernel that is watched keeps what it read; one that is not reads all each time. Whatever is done between two looks, both see the same.
import { expect, onTestFinished, test } from 'vitest'
import { scratchNamespace } from '../../test/scratch-namespace.ts'
import type { Entry } from '../model/index.ts'
import { createKeptReads } from './kept-reads.ts'
import { openKernel } from './kernel.ts'
import { openRtnetlink } from './rtnetlink.ts'

const OURS = ['proto', '218'] as const

test('nothing is kept that somebody touched since', async () => {
  const { handle, run } = scratchNamespace()
  const rtnetlink = openRtnetlink(handle)
  const open = () => openKernel({ namespace: handle, privateKeys: new Map() })
  const [watched, unwatched] = [await open(), await open()]
  onTestFinished(() => {
    for (const door of [watched, unwatched, rtnetlink]) door.close()
  })
  onTestFinished(watched.watch(() => {}))
  rtnetlink.addBridge({ name: 'nic0' })
  const ip = (...words: readonly string[]) => run('ip', ...words)
  ip('address', 'add', '192.0.2.1/24', 'dev', 'nic0')
  ip('link', 'set', 'nic0', 'up')

  const isTheSame = async (after: string): Promise<number> => {
    const [kept, read] = [await watched.observe([]), await unwatched.observe([])]
    expect(kept.entries, after).toEqual(read.entries)
    return read.entries.length
  }
  const steps: (readonly string[])[] = [
    ['route', 'add', '10.1.0.0/24', 'via', '192.0.2.2', 'table', '218', ...OURS],
    ['route', 'add', '10.2.0.0/24', 'via', '192.0.2.2', 'table', '218', ...OURS],
    ['route', 'add', 'unreachable', '10.0.0.0/8', 'table', '219', ...OURS],
    ['route', 'del', '10.1.0.0/24', 'table', '218'],
    ['nexthop', 'add', 'id', '3657433089', 'via', '192.0.2.3', 'dev', 'nic0', ...OURS],
    ['route', 'add', '10.3.0.0/24', 'nhid', '3657433089', 'table', '218', ...OURS],
    ['nexthop', 'del', 'id', '3657433089'], // and the route that uses it, of which the kernel says nothing
    ['route', 'add', '10.4.0.0/24', 'via', '192.0.2.2', 'table', '218', ...OURS],
    ['address', 'del', '192.0.2.1/24', 'dev', 'nic0'],
    ['address', 'add', '192.0.2.1/24', 'dev', 'nic0'],
    ['route', 'add', '10.5.0.0/24', 'via', '192.0.2.2', 'table', '218', ...OURS],
    ['link', 'set', 'nic0', 'down'], // and the routes over it, of which the kernel says nothing
    ['link', 'set', 'nic0', 'up'],
    ['route', 'add', '10.6.0.0/24', 'via', '192.0.2.2', 'table', '218', ...OURS],
  ]
  // Before Linux 6.2 a link that is up keeps its name, and one that is down has no routes that could tell it.
  rtnetlink.addBridge({ name: 'probe0' })
  ip('link', 'set', 'probe0', 'up')
  try {
    ip('link', 'set', 'probe0', 'name', 'probe1')
    steps.push(['link', 'set', 'nic0', 'name', 'nic1']) // after a look at the route over it
  } catch (error) {
    expect(String(error)).toContain('busy')
  }
  const counts: number[] = []
  for (const step of steps) {
    ip(...step)
    counts.push(await isTheSame(`ip ${step.join(' ')}`))
  }
  // Else nothing would have been seen of these steps.
  expect(new Set(counts).size).toBeGreaterThan(2)
})

test('is known from before where nothing was announced, and read where nobody listens', () => {
  let isHeard = true
  let reads = 0
  const kept = createKeptReads(() => isHeard)
  const read = (): readonly Entry[] => {
    reads++
    return []
  }
  kept.begin()('routes', read)
  kept.begin()('routes', read)
  expect(reads).toBe(1)
  kept.begin()('neighbours', read)
  expect(reads).toBe(2)
  isHeard = false
  kept.begin()('routes', read)
  expect(reads).toBe(3)
})

test('is read again where it was touched while it was read', () => {
  let reads = 0
  const kept = createKeptReads(() => true)
  kept.begin()('routes', () => {
    reads++
    kept.forget()
    return []
  })
  kept.begin()('routes', () => {
    reads++
    return []
  })
  expect(reads).toBe(2)
})
