// Another container network over the virtual LAN, as Flannel builds it: a vxlan device on our addresses, with the MTU that
// follows from what `damask status` says.
import { beforeAll, describe, expect, it } from 'vitest'
import { parseAddress } from '../../src/model/index.ts'
import { damask, EXAMPLES } from './damask-process.ts'
import { labOfThisFile } from './lab-under-test.ts'
import { clearTextPackets } from './namespace-command.ts'
import { tcpFlows } from './tcp-flows.ts'

const lab = labOfThisFile(`${EXAMPLES}/nanjing-shanghai.yaml`)

/** Its own address, and what it has in the network on top. */
const ENDS = {
  n2: { lan: '172.16.0.2', inside: '10.99.2.1', hardware: '02:00:0a:63:02:01' },
  n3: { lan: '172.16.0.3', inside: '10.99.3.1', hardware: '02:00:0a:63:03:01' },
  s1: { lan: '172.16.128.1', inside: '10.99.4.1', hardware: '02:00:0a:63:04:01' },
} as const
type End = keyof typeof ENDS
const NAMES: readonly End[] = ['n2', 'n3', 's1']
/** IPv4 20, UDP 8, VXLAN 8, Ethernet 14. */
const VXLAN_BYTES = 50
const ICMP_BYTES = 28

/** What the tool tells whoever asks inside the machine. */
async function lanMtu(name: End): Promise<{ readonly mtuBytes: number; readonly vxlanMtuBytes: number }> {
  const { code, output, complaints } = await damask(
    'lab',
    'exec',
    lab.name,
    name,
    '--',
    'damask',
    'status',
    '-o',
    'json',
  )
  expect(code, complaints).toBe(0)
  const { lan } = JSON.parse(output)
  return lan
}

let mtu: number
beforeAll(async () => {
  mtu = (await lanMtu('n2')).mtuBytes - VXLAN_BYTES
  for (const name of NAMES) {
    const { lan, inside, hardware } = ENDS[name]
    const others = NAMES.filter((other) => other !== name).map((other) => ENDS[other])
    await lab.ask(
      name,
      'sh',
      '-ec',
      [
        `ip link add flannel.1 address ${hardware} mtu ${mtu} type vxlan id 1 local ${lan} dstport 8472 nolearning`,
        `ip address add ${inside}/32 dev flannel.1`,
        'ip link set flannel.1 up',
        ...others.flatMap((other) => [
          `ip neighbour add ${other.inside} lladdr ${other.hardware} dev flannel.1 nud permanent`,
          `bridge fdb add ${other.hardware} dev flannel.1 dst ${other.lan} self permanent`,
          `ip route add ${other.inside}/32 dev flannel.1 src ${inside}`,
        ]),
      ].join('\n'),
    )
  }
})

const WAYS = NAMES.flatMap((from) => NAMES.filter((to) => to !== from).map((to) => [from, to] as const))

describe('another network on top of the virtual LAN', () => {
  it('is told the same MTU everywhere: that of an Ethernet less the tunnel', async () => {
    for (const { mtuBytes, vxlanMtuBytes } of await Promise.all(NAMES.map(lanMtu)))
      expect({ mtuBytes, vxlanMtuBytes }).toEqual({ mtuBytes: 1500 - 60, vxlanMtuBytes: mtu })
  })

  it.each(WAYS)('carries full packets that may not be cut, and no larger ones: %s to %s', async (from, to) => {
    const ping = (bytes: number) =>
      lab.run(
        from,
        'ping',
        '-n',
        '-c',
        '3',
        '-i',
        '0.2',
        '-W',
        '10',
        '-M',
        'do',
        '-s',
        `${bytes - ICMP_BYTES}`,
        ENDS[to].inside,
      )
    expect((await ping(mtu)).output).toContain(' 3 received')
    expect((await ping(mtu + 1)).code).not.toBe(0)
  })

  it.each(WAYS)('carries TCP: %s to %s', async (from, to) => {
    const namespaceOf = (name: string): string =>
      lab.record().layout.nodes.find((node) => node.name === name)?.namespace ?? ''
    const flows = await tcpFlows({
      from: namespaceOf(from),
      to: namespaceOf(to),
      address: parseAddress(ENDS[to].inside),
      count: 8,
      limitMilliseconds: 60_000,
    })
    expect(flows.failed).toBe(0)
  })

  it('shows nothing of it on the internet', () => {
    expect(clearTextPackets(lab.record())).toBe(0)
  })
})
