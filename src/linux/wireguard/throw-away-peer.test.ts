import { expect, test } from 'vitest'
import { formatPrefix, type PublicKey, parsePrefix } from '../../model/index.ts'
import { systemError } from '../system-error.ts'
import type { DeviceSettings, PeerSettings } from './device-settings.ts'
import { removeAnyway } from './throw-away-peer.ts'

const [stay, gone, added] = [parsePrefix('10.1.0.0/24'), parsePrefix('10.2.0.0/24'), parsePrefix('10.3.0.0/24')]
const publicKey = 'far' as PublicKey
const removal = { publicKey, updateOnly: true, removedIps: [gone] } as const
const settings: DeviceSettings = { mark: 1, peers: [{ ...removal, allowedIps: [added] }] }

/** Takes what it is told, or refuses it by its code. */
function recordWrites(refuse: (settings: DeviceSettings) => number | undefined) {
  const said: DeviceSettings[] = []
  const write = removeAnyway(async (link, told) => {
    said.push(told)
    const code = refuse(told)
    if (code !== undefined) throw systemError(`cannot set ${link}`, code)
  })
  return { said, write }
}

const EINVAL = 22
const names = ({ peers }: DeviceSettings): boolean => peers.some(({ removedIps }) => removedIps)
const old = (told: DeviceSettings): number | undefined => (names(told) ? EINVAL : undefined)
const wordsOf = ({
  publicKey: key,
  remove,
  updateOnly,
  allowedIps,
  removedIps,
}: PeerSettings & { updateOnly?: true }) => ({
  key,
  remove,
  updateOnly,
  added: allowedIps?.map(formatPrefix),
  removed: removedIps?.map(formatPrefix),
})

test('a device that knows how is told once which prefixes to take away', async () => {
  const { said, write } = recordWrites(() => undefined)
  await write('damask-t1', settings)
  expect(said).toEqual([settings])
})

test('where that is refused, a peer of a key of nobody gets the prefixes and is removed, in one message behind the rest', async () => {
  const { said, write } = recordWrites(old)
  await write('damask-t1', settings)
  const [first, second, ...more] = said
  expect([first, more]).toEqual([settings, []])
  expect(second?.mark).toBe(1)
  const [told, thief, end, ...rest] = (second?.peers ?? []).map(wordsOf)
  expect(told).toEqual({ key: publicKey, updateOnly: true, added: ['10.3.0.0/24'] })
  expect(thief).toMatchObject({ added: ['10.2.0.0/24'], key: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/) })
  expect(end).toEqual({ key: thief?.key, remove: true })
  expect(rest).toEqual([])
})

test('a device that refused once is told the other way at once, by another key; another device is asked for itself', async () => {
  const { said, write } = recordWrites(old)
  await write('damask-t1', settings)
  await write('damask-t1', settings)
  await write('damask-t2', settings)
  expect(said.map(names)).toEqual([true, false, false, true, false])
  const keys = said.filter((told) => !names(told)).map(({ peers }) => peers.at(-1)?.publicKey)
  expect(new Set(keys).size).toBe(3)
})

test('what is refused either way, or for another reason, is told, and nothing is concluded from it', async () => {
  const always = recordWrites(() => EINVAL)
  await expect(always.write('damask-t1', settings)).rejects.toThrow('EINVAL')
  await expect(always.write('damask-t1', settings)).rejects.toThrow('EINVAL')
  expect(always.said.map(names)).toEqual([true, false, true, false])
  const inUse = recordWrites(() => 98)
  await expect(inUse.write('damask-t1', settings)).rejects.toThrow('EADDRINUSE')
  expect(inUse.said).toEqual([settings])
})

test('settings that take nothing away are not tried twice', async () => {
  const { said, write } = recordWrites(() => EINVAL)
  const harmless: DeviceSettings = { peers: [{ publicKey, allowedIps: [stay] }] }
  await expect(write('damask-t1', harmless)).rejects.toThrow('EINVAL')
  expect(said).toEqual([harmless])
})
