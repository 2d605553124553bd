// Two clusters with a network plugin of their own, as Flannel is one: Damask joins them, and what the plugin routes inside goes
// on beside our guards.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNamespace, deleteNamespace } from '../../src/linux/index.ts'
import { parseAddress } from '../../src/model/index.ts'
import { WORLDS } from './damask-process.ts'
import { expectReady } from './lab-check.ts'
import { labOfThisFile } from './lab-under-test.ts'
import { askIn, clearTextPackets } from './namespace-command.ts'
import { tcpFlows } from './tcp-flows.ts'

const lab = labOfThisFile(`${WORLDS}/fabric-none.yaml`)

/** The number in its prefix 10.42.N.0/24, and its own address. */
const NODES = {
  a1: { site: 'a', number: 1, own: '10.1.0.11' },
  a2: { site: 'a', number: 2, own: '10.1.0.12' },
  b1: { site: 'b', number: 11, own: '10.2.0.11' },
  b2: { site: 'b', number: 12, own: '10.2.0.12' },
} as const
type NodeName = keyof typeof NODES
const NAMES = ['a1', 'a2', 'b1', 'b2'] as const

const podNamespace = (node: NodeName): string => `dmk-${lab.record().layout.id}-p-${node}`
const podAddress = (node: NodeName): string => `10.42.${NODES[node].number}.5`
const hardware = (number: number): string => `02:00:0a:2a:${number.toString(16).padStart(2, '0')}:00`

/** What Flannel would have done on the node: a bridge's address, a pod behind it, vxlan to its fellows. */
function pluginOf(node: NodeName): string {
  const { site, number, own } = NODES[node]
  const fellows = NAMES.map((name) => NODES[name]).filter((other) => other.site === site && other.number !== number)
  return [
    `ip link add cni0 type veth peer name eth0 netns ${podNamespace(node)}`,
    `ip address add 10.42.${number}.1/24 dev cni0`,
    'ip link set cni0 up',
    `ip link add flannel.1 address ${hardware(number)} mtu 1450 type vxlan id 1 local ${own} dstport 4789 nolearning`,
    `ip address add 10.42.${number}.0/32 dev flannel.1`,
    'ip link set flannel.1 up',
    ...fellows.flatMap((other) => [
      `ip neighbour add 10.42.${other.number}.0 lladdr ${hardware(other.number)} dev flannel.1 nud permanent`,
      `bridge fdb add ${hardware(other.number)} dev flannel.1 dst ${other.own} self permanent`,
      `ip route add 10.42.${other.number}.0/24 via 10.42.${other.number}.0 dev flannel.1 onlink`,
    ]),
  ].join('\n')
}

/** What an agent says of a network plugin that is not there. */
const missing = async (node: NodeName): Promise<readonly string[]> =>
  (await lab.status(node)).findings.map(({ message }) => message).filter((message) => message.includes('fabric none'))

beforeAll(async () => {
  for (const node of NAMES)
    expect(await missing(node)).toEqual([
      `no route of this machine leads to 10.42.${NODES[node].number}.0/24, its own pods: site ${NODES[node].site} has fabric ` +
        'none, so another network plugin carries them, and there is none here, or it has no pod yet; install it, or take another fabric',
    ])
  for (const node of NAMES) {
    const pod = podNamespace(node)
    createNamespace(pod)
    await lab.ask(node, 'sh', '-ec', pluginOf(node))
    askIn(pod, 'ip', 'link', 'set', 'lo', 'up')
    askIn(pod, 'ip', 'link', 'set', 'eth0', 'up', 'mtu', '1400')
    askIn(pod, 'ip', 'address', 'add', `${podAddress(node)}/24`, 'dev', 'eth0')
    askIn(pod, 'ip', 'route', 'add', 'default', 'via', `10.42.${NODES[node].number}.1`)
  }
})
afterAll(() => {
  for (const node of NAMES) deleteNamespace(podNamespace(node))
})

/** One at a time: after the last of several, ping waits for its answer no longer than the others took. */
const ping = (from: NodeName, to: NodeName): string =>
  askIn(podNamespace(from), 'ping', '-n', '-c', '1', '-W', '20', podAddress(to))

const WAYS = NAMES.flatMap((from) => NAMES.filter((to) => to !== from).map((to) => [from, to] as const))

describe('clusters that have a network plugin', () => {
  it.each(WAYS)('have pods that reach each other, inside and across: %s to %s', async (from, to) => {
    for (let turn = 0; turn < 2; turn++) ping(from, to)
    const flows = await tcpFlows({
      from: podNamespace(from),
      to: podNamespace(to),
      address: parseAddress(podAddress(to)),
      count: 4,
      limitMilliseconds: 60_000,
    })
    expect(flows.failed).toBe(0)
  })

  it('are not said to have none', async () => {
    for (const node of NAMES) expect(await missing(node)).toEqual([])
  })

  it('have their own plugin for what stays inside', async () => {
    const received = async (node: NodeName, link: string): Promise<number> =>
      Number(await lab.ask(node, 'cat', `/sys/class/net/${link}/statistics/rx_packets`))
    const before = await received('a1', 'flannel.1')
    for (let turn = 0; turn < 3; turn++) ping('a2', 'a1')
    expect((await received('a1', 'flannel.1')) - before).toBe(3)
  })

  it('have hosts that reach pods elsewhere, and pods that see who asks', async () => {
    for (const [from, to] of WAYS) await lab.ask(from, 'ping', '-n', '-c', '1', '-W', '20', podAddress(to))
  })

  it('stand beside guards: what nobody has is refused, and does not leave by the default route', async () => {
    for (const node of NAMES) {
      expect((await lab.run(node, 'ip', 'route', 'get', '10.42.99.1')).complaints).toMatch(
        /unreachable|No route to host/,
      )
      expect((await lab.status(node)).drift.total).toBe(0)
    }
    expect(clearTextPackets(lab.record())).toBe(0)
    await expectReady(lab)
  })
})
