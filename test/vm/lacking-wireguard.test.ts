// Kernels without WireGuard: what an operator is told, that the rest goes on, and that the agent goes on too once it is there.
import { describe, expect, test } from 'vitest'
import { lackingKernel } from './lacking-kernel.ts'
import { loneWorld } from './lone-world.ts'
import { onKernels, onOldest } from './matrix.ts'

describe.each(onKernels(['WireGuard'], onOldest))('WireGuard of the $kernel kernel', ({ kernel }) => {
  const { agent, machine, expectFailure, expectReady } = lackingKernel({ kernel })

  test('is missing: wireguard-go does as well', async () => {
    await machine().lack('wireguard')
    await agent().start(loneWorld({ hasTunnel: true }))
    await expectReady()
    expect(await agent().status()).toMatchObject({ wireguard: 'wireguard-go' })
  })

  test('is missing, and wireguard-go too: it is said, and the program is taken once it is there', async () => {
    await machine().lack('wireguard')
    await machine().lackWireguardGo()
    await agent().start(loneWorld({ hasTunnel: true }))
    await expectFailure(
      /^cannot create wireguard link damask-t1: wireguard-go not found: .*; install the package wireguard-go, or load the kernel's module wireguard; whichever is there first is taken, within half a minute$/,
    )
    await machine().bringWireguardGo()
    await expectReady()
  })

  test('is missing, and wireguard-go too: the module is taken once it is there', async () => {
    await machine().lack('wireguard')
    await machine().lackWireguardGo()
    await agent().start(loneWorld({ hasTunnel: true }))
    await expectFailure(/wireguard-go not found/)
    await machine().bringModules()
    await expectReady()
    expect(await agent().status()).toMatchObject({ wireguard: 'kernel' })
    expect((await agent().run('ip -d link show damask-t1')).stdout).toContain(' wireguard ')
  })

  test('comes later: the device of wireguard-go stays, and the next agent can read and set it', async () => {
    await machine().lack('wireguard')
    await agent().start(loneWorld({ hasTunnel: true }))
    await expectReady()
    await agent().stop()
    await machine().bringModules()
    await agent().run('wg set damask-t1 listen-port 51999')
    await agent().start(loneWorld({ hasTunnel: true }))
    await expectReady()
    expect(await agent().status()).toMatchObject({ wireguard: 'kernel' })
    expect((await agent().run('ip -d link show damask-t1; wg show damask-t1 listen-port')).stdout).toMatch(
      / tun [\s\S]*\n51820\n$/,
    )
  })

  test('is missing, and wireguard-go too: a node without tunnels needs neither', async () => {
    await machine().lack('wireguard')
    await machine().lackWireguardGo()
    await agent().start(loneWorld())
    await expectReady()
  })

  test('is missing, and of wireguard-go its /dev/net/tun', async () => {
    await machine().lack('wireguard', 'tun')
    await agent().start(loneWorld({ hasTunnel: true }))
    await expectFailure(
      /^cannot create wireguard link damask-t1: cannot start \S+\/wireguard-go for damask-t1: EIO - it ended at once \(exit code 1\): Failed to create TUN device: .*; it needs \/dev\/net\/tun \(modprobe tun; /,
    )
    await machine().bringAll()
    await expectReady()
  })
})
