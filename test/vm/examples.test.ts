// Every example once more, over the WireGuard of a kernel: the results are those of wireguard-go.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXAMPLE_PAIRS } from '../example-pairs.ts'
import { openGuest } from './guest.ts'
import { runLab } from './lab-in-guest.ts'
import { type Guest, PROJECT } from './machine.ts'
import { everyOther, onKernels } from './matrix.ts'

/** In the selection every other one: over wireguard-go all of them run outside. */
const MATRIX = onKernels(Object.keys(EXAMPLE_PAIRS), everyOther)

describe.each(MATRIX)('over the WireGuard of the $kernel kernel', ({ kernel, cases }) => {
  let guest: Guest
  const measured: string[] = []
  beforeAll(async () => {
    guest = await openGuest({ kernel })
  })
  afterAll(async () => {
    await guest.close()
    console.log(measured.join('\n'))
  })

  it.each(cases)('%s carries every pair', async (name) => {
    const { result, complaints } = await runLab(guest, readFileSync(join(PROJECT, `examples/${name}.yaml`), 'utf8'))
    expect(result, complaints).toMatchObject({
      ok: true,
      pairs: EXAMPLE_PAIRS[name],
      failed: [],
      clearTextPackets: 0,
      wireguard: 'kernel',
    })
    measured.push(`${name}: ${JSON.stringify(result.seconds)}`)
  })
})
