// WireGuard devices and their peers: whatever is changed about one peer, the others do not notice.
import { describe, expect, test } from 'vitest'
import { keyOf, type PublicKey } from '../../model/index.ts'
import {
  creations,
  deletion,
  device,
  ENDPOINT,
  expectEntries,
  type KernelHarness,
  make,
  peer,
  ROAMED,
  read,
  tunnel,
  updating,
} from './harness.conformance.ts'

export function describeWireguard(harness: () => KernelHarness): void {
  describe('a WireGuard device', () => {
    test('is made with its peers, read back and removed with them', async () => {
      const { kernel, deviceKeys } = harness()
      const entries = [
        tunnel,
        device(deviceKeys[0]),
        peer(0, ['10.1.0.0/16', '10.1.9.0/24', 'fd00:1::/48'], { endpoint: ENDPOINT, keepaliveSeconds: 25 }),
        peer(1, []),
      ]
      await make(kernel, ...creations(...entries))
      await expectEntries(kernel, ...entries)
      await make(kernel, deletion(tunnel))
      await expectEntries(kernel)
    })

    test('takes another MTU, key and port without losing its peers', async () => {
      const { kernel, deviceKeys } = harness()
      const before = device(deviceKeys[0])
      const after = device(deviceKeys[1], 51830)
      const settled = peer(0, ['10.1.0.0/16'], { endpoint: ENDPOINT })
      await make(kernel, ...creations(tunnel, before, settled))
      await make(kernel, updating(before, after), updating(tunnel, { ...tunnel, mtuBytes: 1300 }))
      await expectEntries(kernel, { ...tunnel, mtuBytes: 1300 }, after, settled)
    })

    test('refuses a key whose private half is not here', async () => {
      const { kernel } = harness()
      await make(kernel, ...creations(tunnel))
      const unknown = device('q1XZ2Ng+PMAdSZ/djgUODElWPcOELc7Pz8UpDAE5ums=' as PublicKey)
      const failures = await kernel.apply(creations(unknown))
      expect(failures.map(({ change }) => change.entry)).toEqual([unknown])
      expect(failures[0]?.message).toContain(unknown.publicKey)
    })

    test('tells what its peers have been doing', async () => {
      const { kernel, deviceKeys } = harness()
      await make(kernel, ...creations(tunnel, device(deviceKeys[0]), peer(0, ['10.1.0.0/16'], { endpoint: ENDPOINT })))
      expect((await kernel.observe([])).activity).toEqual([
        {
          link: tunnel.name,
          publicKey: peer(0, []).publicKey,
          endpoint: ENDPOINT,
          lastHandshake: 0,
          receivedBytes: 0,
          // A handshake may have been tried already.
          sentBytes: expect.any(Number),
        },
      ])
    })
  })

  describe('a WireGuard peer', () => {
    const settled = peer(0, ['10.1.0.0/16'], { endpoint: ENDPOINT })

    test('keeps the endpoint to which it has roamed while anything else of it changes', async () => {
      const { kernel, other, deviceKeys } = harness()
      await make(kernel, ...creations(tunnel, device(deviceKeys[0]), settled))
      await other.roam(tunnel.name, settled.publicKey)
      const roamed = { ...settled, endpoint: ROAMED }
      expect((await read(kernel)).get(keyOf(settled))).toEqual(roamed)
      const wanted = peer(0, ['10.1.0.0/16', '10.3.0.0/16'], { keepaliveSeconds: 25 })
      await make(kernel, updating(roamed, wanted))
      expect((await read(kernel)).get(keyOf(settled))).toEqual({ ...wanted, endpoint: ROAMED })
    })

    test('goes to another endpoint where the update names one', async () => {
      const { kernel, deviceKeys } = harness()
      const moved = { ...settled, endpoint: { ...ENDPOINT, port: 51900 } }
      await make(kernel, ...creations(tunnel, device(deviceKeys[0]), settled), updating(settled, moved))
      await expectEntries(kernel, tunnel, device(deviceKeys[0]), moved)
    })

    test('does not notice that others come, change and go', async () => {
      const { kernel, other, deviceKeys } = harness()
      await make(kernel, ...creations(tunnel, device(deviceKeys[0]), settled))
      await other.roam(tunnel.name, settled.publicKey)
      const newcomer = peer(1, ['10.2.0.0/16'])
      const changed = peer(1, ['10.2.0.0/17', 'fd00:2::/48'], { keepaliveSeconds: 10 })
      await make(kernel, ...creations(newcomer))
      await make(kernel, updating(newcomer, changed))
      await expectEntries(kernel, tunnel, device(deviceKeys[0]), { ...settled, endpoint: ROAMED }, changed)
      await make(kernel, deletion(changed))
      await expectEntries(kernel, tunnel, device(deviceKeys[0]), { ...settled, endpoint: ROAMED })
    })

    test('loses a prefix that is given to another peer of the device, silently', async () => {
      const { kernel, deviceKeys } = harness()
      const first = peer(0, ['10.1.0.0/16', '10.2.0.0/16'])
      const second = peer(1, ['10.2.0.0/16'])
      await make(kernel, ...creations(tunnel, device(deviceKeys[0]), first, second))
      await expectEntries(kernel, tunnel, device(deviceKeys[0]), peer(0, ['10.1.0.0/16']), second)
    })

    test('hands a prefix over in one batch, when it is taken before it is given', async () => {
      const { kernel, deviceKeys } = harness()
      const first = peer(0, ['10.1.0.0/16', '10.2.0.0/16'])
      const second = peer(1, [])
      await make(kernel, ...creations(tunnel, device(deviceKeys[0]), first, second))
      const [less, more] = [peer(0, ['10.1.0.0/16']), peer(1, ['10.2.0.0/16'])]
      await make(kernel, updating(first, less), updating(second, more))
      await expectEntries(kernel, tunnel, device(deviceKeys[0]), less, more)
      await make(kernel, deletion(less), updating(more, peer(1, ['10.1.0.0/16', '10.2.0.0/16'])))
      await expectEntries(kernel, tunnel, device(deviceKeys[0]), peer(1, ['10.1.0.0/16', '10.2.0.0/16']))
    })
  })
}
