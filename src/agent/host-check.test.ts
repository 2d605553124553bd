import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openHost } from './host-check.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'damask-host-'))
  write('/proc/sys/net/ipv6/conf/eth0/accept_ra', '1\n')
  stand('net:[1]')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
/** Puts the agent into this network namespace; the host's first process is in `net:[1]`. */
function stand(namespace: string): void {
  for (const [pid, target] of [
    ['1', 'net:[1]'],
    ['self', namespace],
  ] as const) {
    mkdirSync(join(root, 'proc', pid, 'ns'), { recursive: true })
    rmSync(join(root, 'proc', pid, 'ns', 'net'), { force: true })
    symlinkSync(target, join(root, 'proc', pid, 'ns', 'net'))
  }
}
const host = (kernelRelease = '6.1.0-26-amd64', isRoot = true) => openHost({ kernelRelease, isRoot, root })
const messages = (...options: Parameters<typeof host>) =>
  host(...options)
    .check()
    .map(({ message }) => message)

/** As /proc/net/ipv6_route writes a default route; 00450003 has RTF_DEFAULT and RTF_ADDRCONF, 00000003 has neither. */
const defaultRoute = (flags: string, link: string) =>
  `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 fe80${'0'.repeat(27)}1 00000400 00000001 00000000 ${flags} ${link.padStart(8)}\n`

describe('the host check', () => {
  it('finds nothing on a plain host', () => {
    expect(host().check()).toEqual([])
  })

  it('refuses a kernel before 5.10, and a user who is not root', () => {
    expect(host('5.4.0-150-generic').check()).toMatchObject([{ severity: 'error' }])
    expect(messages('5.4.0-150-generic')).toEqual(['the kernel is 5.4.0-150-generic, and damask needs 5.10; update it'])
    expect(host('6.1.0', false).check()).toMatchObject([
      { severity: 'error', message: expect.stringMatching(/as root/) },
    ])
  })

  it('says of a kernel before 6.1 that nobody tried it', () => {
    for (const release of ['5.10.0', '5.15.0-100-generic', '6.0.19'])
      expect(host(release).check()).toEqual([
        {
          severity: 'warning',
          type: 'OldKernel',
          message: `the kernel is ${release}, and damask was tried on none before 6.1; if something fails, update it`,
        },
      ])
    for (const release of ['6.1.0', '6.12.117', '7.0.1']) expect(messages(release)).toEqual([])
  })

  it('says what does not work where the kernel has no IPv6', () => {
    rmSync(join(root, '/proc/sys/net/ipv6'), { recursive: true })
    expect(host().check()).toEqual([
      {
        severity: 'warning',
        type: 'NoIpv6',
        message:
          'this kernel has IPv6 switched off, and without it there are no pods, no tunnels and no vxlan, also in a network of IPv4 alone; boot it without ipv6.disable=1',
      },
    ])
  })

  it('names the drop-in that keeps systemd-networkd off, until it is there', () => {
    mkdirSync(join(root, '/run/systemd/netif'), { recursive: true })
    expect(messages()).toEqual([expect.stringMatching(/ManageForeignRoutes=no.*networkd\.conf\.d\/damask\.conf/s)])
    write('/etc/systemd/networkd.conf.d/damask.conf', '[Network]\nManageForeignRoutes=no\n')
    expect(messages()).toEqual([])
  })

  it('leaves them out in a network namespace that is not that of the first process', () => {
    mkdirSync(join(root, '/run/systemd/netif'), { recursive: true })
    stand('net:[2]')
    expect(messages()).toEqual([])
  })

  it('names the drop-in that keeps NetworkManager off, until it is there', () => {
    mkdirSync(join(root, '/run/NetworkManager'), { recursive: true })
    expect(messages()).toEqual([expect.stringMatching(/NetworkManager\/conf\.d\/damask\.conf/)])
    write(
      '/etc/NetworkManager/conf.d/damask.conf',
      '[keyfile]\nunmanaged-devices=interface-name:damask*;interface-name:dmk*\n',
    )
    expect(messages()).toEqual([])
  })

  it('knows a link whose IPv6 default route came by router advertisement', () => {
    write('/proc/net/ipv6_route', defaultRoute('00450003', 'eth0') + defaultRoute('00000003', 'eth1'))
    write('/proc/sys/net/ipv6/conf/eth1/accept_ra', '1\n')
    const { acceptsRouterAdvertisements } = host()
    expect(acceptsRouterAdvertisements('eth0')).toBe(true)
    expect(acceptsRouterAdvertisements('eth1')).toBe(false)
    expect(acceptsRouterAdvertisements('eth2')).toBe(false)
  })

  it('knows that with forwarding on only 2 accepts anything', () => {
    write('/proc/net/ipv6_route', defaultRoute('00450003', 'eth0'))
    write('/proc/sys/net/ipv6/conf/eth0/forwarding', '1\n')
    write('/proc/sys/net/ipv6/conf/eth0/accept_ra', '1\n')
    expect(host().acceptsRouterAdvertisements('eth0')).toBe(false)
    write('/proc/sys/net/ipv6/conf/eth0/accept_ra', '2\n')
    expect(host().acceptsRouterAdvertisements('eth0')).toBe(true)
  })

  it('does not change its mind when that route expires', () => {
    write('/proc/net/ipv6_route', defaultRoute('00450003', 'eth0'))
    const { acceptsRouterAdvertisements } = host()
    expect(acceptsRouterAdvertisements('eth0')).toBe(true)
    write('/proc/net/ipv6_route', '')
    expect(acceptsRouterAdvertisements('eth0')).toBe(true)
  })

  it("knows a link's MTU for IPv6, and that there may be none", () => {
    write('/proc/sys/net/ipv6/conf/eth0/mtu', '1400\n')
    expect(host().ipv6MtuBytes('eth0')).toBe(1400)
    expect(host().ipv6MtuBytes('eth1')).toBeUndefined()
  })
})
