// Kernels without a kind of link: what an operator is told, that the rest goes on, and that the agent goes on too once it is there.
import { describe, expect, test } from 'vitest'
import { lackingKernel } from './lacking-kernel.ts'
import { loneWorld } from './lone-world.ts'
import { onKernels, onOldest } from './matrix.ts'

describe.each(onKernels(['links'], onOldest))('the $kernel kernel without', ({ kernel }) => {
  const { agent, machine, expectFailure, expectReady } = lackingKernel({ kernel })

  test('VXLAN', async () => {
    await machine().lack('vxlan')
    await agent().start(loneWorld({ fabric: 'vxlan' }))
    await expectFailure(
      'cannot create vxlan link damask-vx: EOPNOTSUPP - Unknown device type; this kernel has no VXLAN; load the module vxlan (modprobe vxlan), install the kernel package that has it, or take fabric wireguard',
    )
    await machine().bringAll()
    await expectReady()
  })

  test('IPIP', async () => {
    await machine().lack('ipip')
    await agent().start(loneWorld({ fabric: 'ipip', isIpv4Only: true }))
    await expectFailure(
      'cannot create ipip link damask-ipip: EOPNOTSUPP - Unknown device type; this kernel has no IPIP; load the module ipip (modprobe ipip), install the kernel package that has it, or take fabric vxlan',
    )
    await machine().bringAll()
    await expectReady()
  })

  test('either, for a site whose fabric is direct and needs neither', async () => {
    await machine().lack('vxlan', 'ipip')
    await agent().start(loneWorld())
    await expectReady()
  })

  test('dummy devices: a bridge does as well', async () => {
    await machine().lack('dummy')
    await agent().start(loneWorld())
    await expectReady()
    expect((await agent().run('ip -d link show damask0')).stdout).toContain(' bridge ')
  })

  test('dummy devices and bridges', async () => {
    await machine().lack('dummy', 'bridge')
    await agent().start(loneWorld())
    await expectFailure(
      'cannot create dummy link damask0: EOPNOTSUPP - Unknown device type; this kernel has no dummy devices and no bridges; load the module dummy (modprobe dummy), or install the kernel package that has it',
    )
    await machine().bringAll()
    await expectReady()
  })

  test('veth: the runtime is told when it adds a pod, and can add it later', async () => {
    await machine().lack('veth')
    await agent().start(loneWorld())
    await expectReady()
    expect(JSON.parse(await agent().addPod())).toMatchObject({
      code: 102,
      msg: expect.stringMatching(
        /^cannot create the pod link dmk\w+ to eth0: EOPNOTSUPP - this kernel has no veth; load the module veth \(modprobe veth\), or install the kernel package that has it$/,
      ),
    })
    await machine().bringAll()
    expect(JSON.parse(await agent().addPod())).toHaveProperty('ips')
  })
})
