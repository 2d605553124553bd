// A journal on a disk that is full: a file system of 16 KiB, since nothing else fails a write half-way.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parsePrefix } from '../model/index.ts'
import { openAddressJournal } from './address-journal.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-full-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', folder])
})
afterEach(() => {
  execFileSync('umount', ['-l', folder])
  rmSync(folder, { recursive: true })
})

const pod = (containerId: string) => ({
  containerId,
  interfaceName: 'eth0',
  link: `dmk${containerId}`,
  hardwareAddress: '02:00:00:00:00:01',
  mtuBytes: 1420,
  namespacePath: `/run/netns/${containerId}`,
})

test('a write that the full disk cut short takes nothing, and does not spoil what is written once there is room', async () => {
  const path = join(folder, 'journal')
  const ballast = join(folder, 'ballast')
  const prefixes = [parsePrefix('10.244.0.0/16')]
  const journal = await openAddressJournal({ path })
  const allocate = (containerId: string) => journal.allocate({ pod: pod(containerId), prefixes, reserved: [] })
  writeFileSync(ballast, Buffer.alloc(8192))
  const added: string[] = []
  const refusal = await (async () => {
    for (let count = 0; ; count++) {
      try {
        await allocate(`p${count}`)
        added.push(`p${count}`)
      } catch (error) {
        return error
      }
    }
  })()
  expect(refusal).toMatchObject({ code: 102, message: expect.stringContaining('ENOSPC') })
  expect(journal.pods().map(({ containerId }) => containerId)).toEqual(added)
  // A pod can be removed: it may be what fills the disk.
  expect(await journal.release({ containerId: 'p1', interfaceName: 'eth0' })).toBe(true)
  rmSync(ballast)
  await allocate('later')
  await journal.release({ containerId: 'p0', interfaceName: 'eth0' })
  await journal.close()
  const again = await openAddressJournal({ path })
  expect(again.pods().map(({ containerId }) => containerId)).toEqual([...added.slice(2), 'later'])
  await again.close()
})
