// The one suite that every Kernel has to pass: the real one in a namespace of its own, and the one in memory.
import { afterEach, beforeEach, describe } from 'vitest'
import { describeEntries } from './conformance/entries.conformance.ts'
import { describeFailures } from './conformance/failures.conformance.ts'
import type { KernelHarness } from './conformance/harness.conformance.ts'
import { describeOthers } from './conformance/others.conformance.ts'
import { describeVanishing } from './conformance/vanishing.conformance.ts'
import { describeWireguard } from './conformance/wireguard.conformance.ts'

export type { KernelHarness, OtherProgram } from './conformance/harness.conformance.ts'

/** `makeKernel` gives an empty namespace for each test. */
export function describeKernel(name: string, makeKernel: () => Promise<KernelHarness>): void {
  describe(name, () => {
    let harness: KernelHarness | undefined
    const current = (): KernelHarness => {
      if (harness === undefined) throw new Error('there is a kernel only while a test runs')
      return harness
    }

    beforeEach(async () => {
      harness = await makeKernel()
    })
    afterEach(async () => {
      await harness?.close()
      harness = undefined
    })

    describeEntries(current)
    describeFailures(current)
    describeVanishing(current)
    describeWireguard(current)
    describeOthers(current)
  })
}
