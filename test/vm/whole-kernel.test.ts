// The suites that need a whole kernel: each file of test/guest runs in the virtual machine.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openGuest } from './guest.ts'
import { type Guest, PROJECT } from './machine.ts'
import { onKernels, onOldest } from './matrix.ts'
import { expectToPass } from './suites.ts'

const FOLDER = 'test/guest'
const FILES = readdirSync(join(PROJECT, FOLDER)).filter((name) => name.endsWith('.test.ts'))

describe.each(onKernels(FILES, onOldest))('on the $kernel kernel', ({ kernel, cases }) => {
  let guest: Guest
  beforeAll(async () => {
    guest = await openGuest({ kernel })
  })
  afterAll(() => guest.close())

  it.each(cases)('%s passes', async (name) => {
    const { passed, output } = await expectToPass(guest, 'guest', [join(FOLDER, name)])
    expect(passed).toBeGreaterThan(0)
    console.log(
      output
        .split('\n')
        .filter((line) => /\d ?ms\b/.test(line))
        .join('\n'),
    )
  })
})
