// diff() against the kernel of Linux: whatever stands, one batch of changes makes what is wanted, and none of them is refused.
import { mkdirSync } from 'node:fs'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { codeOf, openKernel } from '../../src/linux/index.ts'
import { CLONE_NEWNS, MS_PRIVATE, MS_REC, mount, unshare } from '../../src/linux/libc.ts'
import { openRtnetlink, type Rtnetlink } from '../../src/linux/rtnetlink.ts'
import { generateKeyPair } from '../../src/linux/wireguard/key-pair.ts'
import { SOCKETS_FOLDER } from '../../src/linux/wireguard/wireguard-go.ts'
import { type Entry, entriesOf, type Kernel, type NodeState, parseAddress } from '../../src/model/index.ts'
import { diff } from '../../src/reconcile/index.ts'
import { anyNodeState, anyNodeStateWithoutIpip } from '../arbitraries/node-state.ts'
import { scratchNamespace } from '../scratch-namespace.ts'

// The sockets of wireguard-go are per mount namespace: one of our own, beside the tests that run at the same time.
unshare(CLONE_NEWNS)
mount('none', '/', null, MS_REC | MS_PRIVATE)
mkdirSync(SOCKETS_FOLDER, { recursive: true })
mount('tmpfs', SOCKETS_FOLDER, 'tmpfs', 0)

const { privateKey, publicKey } = generateKeyPair()
const NOTHING: NodeState = { node: 'aws-1', gatewayAddresses: {}, parts: [] }

/** With a device key whose private half is here. */
const withKey = (state: NodeState): NodeState => ({
  ...state,
  parts: state.parts.map((part) =>
    part.map((entry) => (entry.kind === 'wireguard-device' ? { ...entry, publicKey } : entry)),
  ),
})

const sysctlKeys = (state: NodeState): string[] =>
  [...entriesOf(state)].flatMap((entry: Entry) => (entry.kind === 'sysctl' ? [entry.key] : []))

async function bring(kernel: Kernel, state: NodeState): Promise<void> {
  const keys = sysctlKeys(state)
  const changes = diff(state, (await kernel.observe(keys)).entries)
  expect((await kernel.apply(changes)).map(({ message }) => message)).toEqual([])
  expect(diff(state, (await kernel.observe(keys)).entries)).toEqual([])
}

function hasIpip(rtnetlink: Rtnetlink): boolean {
  try {
    rtnetlink.addIpip({ name: 'probe', local: parseAddress('192.0.2.1'), mark: 0x1000 })
    rtnetlink.deleteLink('probe')
    return true
  } catch (error) {
    if (codeOf(error) !== 'EOPNOTSUPP') throw error
    return false
  }
}

test('the kernel goes from any state to any other in one batch, and then needs no change', async () => {
  const { handle } = scratchNamespace()
  const rtnetlink = openRtnetlink(handle)
  rtnetlink.setLink('lo', { isUp: true })
  rtnetlink.addBridge({ name: 'eth0' })
  rtnetlink.addAddress('eth0', parseAddress('192.0.2.1'), 24)
  const kernel = await openKernel({ namespace: handle, privateKeys: new Map([[publicKey, privateKey]]) })
  onTestFinished(async () => {
    // A wireguard-go ends with its device, and would keep the namespace otherwise.
    for (const { name, kind } of rtnetlink.links()) if (kind === 'tun') await rtnetlink.deleteLinkAsync(name)
    kernel.close()
    rtnetlink.close()
  })
  await fc.assert(
    fc.asyncProperty((hasIpip(rtnetlink) ? anyNodeState : anyNodeStateWithoutIpip).map(withKey), async (state) =>
      bring(kernel, state),
    ),
    { numRuns: 25, endOnFailure: true },
  )
  await bring(kernel, NOTHING)
  expect((await kernel.observe([])).entries).toEqual([])
})
