// Hosts on which IPv6 is switched off: by its setting, where links of ours carry it all the same, and on the kernel's command line.
import { describe, expect, test } from 'vitest'
import { lackingKernel } from './lacking-kernel.ts'
import { loneWorld } from './lone-world.ts'

describe('IPv6 switched off for all links by its setting', () => {
  const { agent, expectFailure, expectReady } = lackingKernel({ kernel: 'oldest' })
  const switchOff = () => agent().run('sysctl -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1')

  test('is on again on tunnels and pods, in a network of IPv4 alone', async () => {
    await switchOff()
    await agent().start(loneWorld({ isIpv4Only: true, hasTunnel: true }))
    await expectReady()
    expect(JSON.parse(await agent().addPod())).toHaveProperty('ips')
    expect(await agent().status()).toMatchObject({ failures: [] })
  })

  test('is on again on our links in a network of both families; of the network card the command is named', async () => {
    await switchOff()
    await agent().start(loneWorld({ hasTunnel: true }))
    await expectFailure(/; IPv6 is switched off on eth0; switch it on \(sysctl -w net.ipv6.conf.eth0.disable_ipv6=0\)$/)
    const named = JSON.stringify(await agent().status()).matchAll(/sysctl -w net\.ipv6\.conf\.[\w-]+\.disable_ipv6=0/g)
    const commands = [...new Set([...named].map(([command]) => command))]
    expect(commands).toEqual(['sysctl -w net.ipv6.conf.eth0.disable_ipv6=0'])
    await agent().run(commands.join('; '))
    await expectReady()
    expect(JSON.parse(await agent().addPod()).ips).toHaveLength(2)
    expect((await agent().run('ip -6 route show table 218')).stdout).toMatch(/^fd42:42:0:1::\S* dev dmk/m)
  })
})

describe('a kernel that was booted with ipv6.disable=1', () => {
  const { agent, expectFailure, expectReady } = lackingKernel({ kernel: 'oldest', kernelArguments: 'ipv6.disable=1' })
  const BOOT = 'this kernel has IPv6 switched off; boot it without ipv6.disable=1'
  const FINDING =
    'this kernel has IPv6 switched off, and without it there are no pods, no tunnels and no vxlan, also in a network of IPv4 alone; boot it without ipv6.disable=1'

  test('carries a site of IPv4, without pods: agent and runtime are told, and what to do', async () => {
    await agent().start(loneWorld({ isIpv4Only: true }))
    await expectReady()
    expect((await agent().run('ip route show table 218')).stdout).toContain('10.42.2.0/24')
    expect(await agent().status()).toMatchObject({ findings: [{ severity: 'warning', message: FINDING }] })
    const answer = JSON.parse(await agent().addPod())
    expect(answer).toMatchObject({ code: 102, msg: expect.stringMatching(`: EAFNOSUPPORT - ${BOOT}$`) })
  })

  test('carries it over ipip', async () => {
    await agent().start(loneWorld({ isIpv4Only: true, fabric: 'ipip' }))
    await expectReady()
    expect((await agent().run('ip route show table 218')).stdout).toContain('10.42.2.0/24')
  })

  test('does not carry it over vxlan: it is said', async () => {
    await agent().start(loneWorld({ isIpv4Only: true, fabric: 'vxlan' }))
    for (const entry of [String.raw`neighbour \S+ on damask-vx`, String.raw`next hop \d+ over damask-vx`])
      await expectFailure(new RegExp(`^cannot create ${entry}: EAFNOSUPPORT.*; ${BOOT}$`))
  })

  test('has no tunnels in a network of IPv4 alone: it is said, and what needs none stands', async () => {
    await agent().start(loneWorld({ isIpv4Only: true, hasTunnel: true }))
    await expectFailure(
      /^cannot create next hop \d+ over damask-t1: EAFNOSUPPORT - .*; this kernel has IPv6 switched off/,
    )
    expect((await agent().run('ip route show table 218')).stdout).toContain('10.42.2.0/24')
    expect(await agent().damask('status')).toMatch(/^ready +no$[\s\S]*boot it without ipv6\.disable=1/m)
  })

  test('plans a network of both families as ever, and says of each entry of IPv6 why it is not there', async () => {
    await agent().start(loneWorld())
    for (const entry of ['IPv6 rule 5000', 'address fd42:42:0:1::1 on damask0', 'route fd42:42::/48 in table 219'])
      await expectFailure(new RegExp(`^cannot create ${entry}: .*; ${BOOT}$`))
    expect((await agent().run('ip route show table 218')).stdout).toContain('10.42.2.0/24')
    expect(await agent().damask('plan /run/lone/store --node a1')).toContain('unreachable fd42:42::/48')
  })
})
