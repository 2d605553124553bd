// What the internet meters and hears. No agents.
import { describe, expect, it } from 'vitest'
import { heardBecauseOf } from '../../test/internet-ear.ts'
import { buildUnderlay } from '../../test/underlay-under-test.ts'
import { closeDescriptor, inNamespace, SOCK_RAW, sendTo, socket, socketAddress } from '../linux/index.ts'
import { type Address, addressBytes, parseAddress } from '../model/index.ts'
import { readInternet } from './internet.ts'
import { within } from './within.ts'

const { heardBy, layout, namespaceOf, send } = buildUnderlay()

describe('the internet', () => {
  const heardSince = (work: () => Promise<void>) => heardBecauseOf(layout, work)

  it('meters bytes of IP packets by the clouds between which they went', async () => {
    const { meter: before } = await readInternet(layout)
    await heardBy('gcp-1', 51820, () => send({ from: 'open-1', to: '198.51.100.11', bytes: new Uint8Array(1000) }))
    const { meter } = await readInternet(layout)
    expect((meter.get('open>gcp') ?? 0) - (before.get('open>gcp') ?? 0)).toBe(1028)
  })

  it('does not take an encrypted packet for one in the clear', async () => {
    expect((await heardSince(() => send({ from: 'open-1', to: '198.51.100.11' }))).packets).toBe(0)
  })

  it('hears a bare packet for a pod, although nobody would carry it, and remembers it', async () => {
    const heard = await heardSince(() => send({ from: 'open-1', to: '10.42.3.3' }))
    expect(heard.packets).toBe(1)
    expect(heard.examples).toContain('192.0.2.5 > 10.42.3.3 udp')
  })

  it('hears a bare packet from a pod', async () => {
    await within(namespaceOf('open-1'), ({ netlink }) => netlink.addAddress('lo', parseAddress('10.42.1.1'), 32))
    expect(
      (await heardSince(() => send({ from: 'open-1', to: '198.51.100.11', port: 9, own: '10.42.1.1' }))).packets,
    ).toBe(1)
  })

  it('hears a bare IPv6 packet for a pod', async () => {
    const heard = await heardSince(() => send({ from: 'six-1', to: 'fd42:42:0:3::3', own: '2001:db8:6::5' }))
    expect(heard.packets).toBe(1)
    expect(heard.examples).toContain('2001:db8:6::5 > fd42:42:0:3::3 udp')
  })

  it.each([
    ['IPv4', '10.42.1.2', '192.0.2.99', 0x0800],
    ['IPv6', '2001:db8::1', 'fd42:42:0:5::2', 0x86dd],
  ])('hears a pod inside vxlan: %s', async (_, source, destination, etherType) => {
    const inner = ipHeader(parseAddress(source), parseAddress(destination))
    const frame = Buffer.concat([Buffer.alloc(8 + 12), Buffer.from([etherType >> 8, etherType & 0xff]), inner])
    expect(
      (await heardSince(() => send({ from: 'open-1', to: '198.51.100.11', port: 8472, bytes: frame }))).packets,
    ).toBe(1)
    expect(
      (await heardSince(() => send({ from: 'open-1', to: '198.51.100.11', port: 8473, bytes: frame }))).packets,
    ).toBe(0)
  })

  it.each([
    ['IPv4', 4, '192.0.2.99', '10.42.1.2'],
    ['IPv6', 41, 'fd42:42:0:5::2', '2001:db8::1'],
  ])('hears a pod inside ipip: %s', async (_, protocol, source, destination) => {
    const inner = ipHeader(parseAddress(source), parseAddress(destination))
    const sendRaw = (): Promise<void> =>
      within(namespaceOf('open-1'), ({ namespace }) => {
        const fd = inNamespace(namespace, () => socket(2, SOCK_RAW, protocol))
        sendTo(fd, inner, socketAddress(parseAddress('198.51.100.11'), 0))
        closeDescriptor(fd)
      })
    expect((await heardSince(sendRaw)).packets).toBe(1)
  })
})

function ipHeader(source: Address, destination: Address): Uint8Array {
  const isV4 = source.family === 4
  const bytes = new Uint8Array(isV4 ? 20 : 40)
  bytes[0] = isV4 ? 0x45 : 0x60
  bytes.set(addressBytes(source), isV4 ? 12 : 8)
  bytes.set(addressBytes(destination), isV4 ? 16 : 24)
  return bytes
}
