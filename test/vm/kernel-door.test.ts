// The tests of the only door to the kernel, on kernels that have everything: the same entries, and WireGuard and IPIP of their own.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { IS_WHOLE } from '../pairwise.ts'
import { openGuest } from './guest.ts'
import type { Guest } from './machine.ts'
import { KERNELS } from './matrix.ts'
import { expectToPass } from './suites.ts'

type Suites = {
  readonly what: string
  readonly files: readonly string[]
  readonly leastTests: number
  /** Part of what is printed. */
  readonly says: string
}

/** About as many as there are: where suites were not found this fails. */
const ALL: Suites = {
  what: 'the suites of the room `linux`',
  files: ['src/linux'],
  leastTests: 190,
  says: 'WireGuard: kernel',
}
/** In the selection, of the newer kernel: what it is told and asked, and not what is ours alone. */
const PART: Suites = {
  what: 'its suites of entries, links and filter',
  files: ['kernel.kernel', 'own-ipv6', 'nftables/round-trip', 'rtnetlink.kernel'].map((name) => `src/linux/${name}`),
  leastTests: 80,
  says: 'rtnetlink.kernel',
}
const MATRIX = KERNELS.map((kernel) => ({ kernel, ...(IS_WHOLE || kernel === 'oldest' ? ALL : PART) }))

describe.each(MATRIX)('on the $kernel kernel', ({ kernel, what, files, leastTests, says }) => {
  let guest: Guest
  beforeAll(async () => {
    guest = await openGuest({ kernel })
    // Else each namespace has a tunl0 from the start, once the module is loaded; the labs in here meet that.
    const { exitCode } = await guest.run(['sysctl', '-w', 'net.core.fb_tunnels_only_for_init_net=1'])
    expect(exitCode).toBe(0)
  })
  afterAll(async () => {
    await guest.run(['sysctl', '-w', 'net.core.fb_tunnels_only_for_init_net=0'])
    await guest.close()
  })

  test(`${what} pass, and none of them is skipped`, async () => {
    const { passed, output } = await expectToPass(guest, 'kernel', files)
    expect(passed).toBeGreaterThanOrEqual(leastTests)
    expect(output).toContain(says)
    console.log(output.match(/.*\.test\.ts.* \d+ms$/gm)?.join('\n'))
  })
})
