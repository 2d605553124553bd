// Kernels without nftables, or a part of it: what an operator is told, and that the agent goes on once it is there.
import { describe, expect, test } from 'vitest'
import { lackingKernel } from './lacking-kernel.ts'
import { loneWorld } from './lone-world.ts'
import { onKernels, onOldest } from './matrix.ts'
import { NFTABLES } from './taken-away.ts'

const FILTER_PARTS = ['nft_chain_nat', 'nft_ct', 'nft_fib_inet', 'nft_masq', 'nft_nat']
const NO_NFTABLES =
  'this kernel has no nftables; load the module nf_tables (modprobe nf_tables), or install the kernel package that has it'

describe.each(onKernels(['nftables'], onOldest))('nftables of the $kernel kernel', ({ kernel }) => {
  const { agent, machine, expectFailure, expectReady } = lackingKernel({ kernel })

  test('is not there, nor is what it speaks through: the agent ends, and says why', async () => {
    await machine().lack(...NFTABLES, 'nfnetlink')
    await agent().start(loneWorld())
    const { exitCode, stderr } = await agent().ended()
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining(
        `the agent cannot run: cannot open a socket to nftables: EPROTONOSUPPORT - ${NO_NFTABLES}`,
      ),
    })
    await machine().bringAll()
    await agent().start(loneWorld())
    await expectReady()
  })

  test('is not there: nothing is made without the filter', async () => {
    await machine().shell('modprobe nfnetlink')
    await machine().lack(...NFTABLES)
    await agent().start(loneWorld())
    await expect
      .poll(async () => (await agent().status())?.error, { timeout: 240_000 })
      .toBe(`cannot read the generation of nftables: EINVAL - ${NO_NFTABLES}`)
    const ours = async (): Promise<string> =>
      (await agent().run('ip link show group 218; ip rule show table 218')).stdout
    expect(await ours()).toBe('')
    await machine().bringAll()
    await expectReady()
    expect(await ours()).toMatch(/damask0[\s\S]*5000:/)
  })

  test.each(FILTER_PARTS)('is there without %s: the command that is named says so', async (module) => {
    await machine().lack(...NFTABLES)
    await machine().bringAll()
    await machine().lack(module)
    await agent().start(loneWorld())
    const refusal =
      /^cannot create packet filter table inet damask: nftables refused it: .*; this kernel lacks a part of nftables; `(modprobe [^`]+)`/
    await expectFailure(refusal)
    const messages = (await agent().status())?.failures.map(({ message }) => message) ?? []
    const [command = ''] = messages.flatMap((message) => refusal.exec(message)?.[1] ?? [])
    expect((await machine().shell(command)).stderr).toContain(`'${module}'`)
    await machine().bringAll()
    await expectReady()
  })
})
