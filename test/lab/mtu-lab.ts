// One of those underlays as a lab: the largest packets arrive whole, none larger leaves a pod, nothing goes in fragments, and no
// connection hangs.
import { describe, expect, it } from 'vitest'
import { listNamespaces } from '../../src/linux/index.ts'
import { parseAddress } from '../../src/model/index.ts'
import { damask } from './damask-process.ts'
import { type LabUnderTest, labOfThisText, uniqueWorldOf } from './lab-under-test.ts'
import { familiesOf, isRefused, largestBytes, type MtuCase, titleOf, worldText } from './mtu-case.ts'
import { askIn } from './namespace-command.ts'
import { tcpFlows } from './tcp-flows.ts'

export function describeMtus(cases: readonly MtuCase[]): void {
  for (const one of cases)
    if (isRefused(one)) it(`refuses ${titleOf(one)}`, () => expectRefused(one))
    else describe(titleOf(one), () => carries(one, labOfThisText(worldText(one))))
}

async function expectRefused(one: MtuCase): Promise<void> {
  const world = uniqueWorldOf(worldText(one))
  const { code, complaints } = await damask('lab', 'up', world.file)
  world.remove()
  expect(complaints).toContain(
    `takes packets of ${one.underlayBytes} bytes, which leaves ${largestBytes(one)} for one of a pod, and IPv6 needs 1280`,
  )
  expect(code).toBe(2)
}

const TEN_MEGABYTES = 10_000_000
const TCP_LIMIT_MILLISECONDS = 300_000

/** Within a subnet, to another one, and to another cloud through a gateway. */
const receivers = ({ clouds }: MtuCase): string[] => ['a1', 'a3', ...(clouds === 'one cloud' ? [] : ['b1'])]

function carries(one: MtuCase, lab: LabUnderTest): void {
  const mtu = largestBytes(one)

  it(`carries ${mtu} bytes, none more, and 10 MB both ways`, async () => {
    if (one.tooBig === 'dropped') for (const namespace of namespacesOf(lab)) dropTooBig(namespace)
    const before = fragments(lab)
    for (const node of receivers(one))
      for (const family of familiesOf(one)) {
        const address = lab.podAddress(`${node}-a`, family)
        const data = mtu - (family === 4 ? 20 + 8 : 40 + 8)
        const ping = (bytes: number) =>
          lab.run('a2-a', 'ping', '-n', '-c', '1', '-W', '20', '-M', 'do', '-s', `${bytes}`, address)
        expect(await ping(data), `${node} IPv${family}`).toMatchObject({ code: 0 })
        const larger = await ping(data + 1)
        expect(larger.code).not.toBe(0)
        expect(`${larger.output}${larger.complaints}`).toMatch(new RegExp(`message too long, mtu[:=] ?${mtu}$`, 'm'))
        const flow = await tcpFlows({
          from: lab.podNamespace('a2-a'),
          to: lab.podNamespace(`${node}-a`),
          address: parseAddress(address),
          count: 1,
          limitMilliseconds: TCP_LIMIT_MILLISECONDS,
          bytes: TEN_MEGABYTES,
        })
        expect(flow.failed, `10 MB between a2-a and ${node}-a, IPv${family}`).toBe(0)
      }
    expect(fragments(lab)).toEqual(before)
  })
}

const namespacesOf = (lab: LabUnderTest): string[] => listNamespaces(`dmk-${lab.record().layout.id}-`)

const NO_TOO_BIG = ['output', 'forward', 'input'].map(
  (hook) =>
    `chain ${hook} { type filter hook ${hook} priority -400; icmp type destination-unreachable icmp code frag-needed drop; icmpv6 type packet-too-big drop; }`,
)

const dropTooBig = (namespace: string): string =>
  askIn(namespace, 'nft', `table inet nobody-hears {\n${NO_TOO_BIG.join('\n')}\n}`)

/** How many each namespace has made, of both families. */
const fragments = (lab: LabUnderTest): string[] => namespacesOf(lab).map((name) => `${name}: ${fragmentsMadeIn(name)}`)

function fragmentsMadeIn(namespace: string): number {
  const text = askIn(namespace, 'cat', '/proc/net/snmp', '/proc/net/snmp6')
  const [names = '', values = ''] = text.split('\n').filter((line) => line.startsWith('Ip: '))
  const ipv4 = values.split(' ')[names.split(' ').indexOf('FragCreates')]
  const ipv6 = /^Ip6FragCreates\s+(\d+)/m.exec(text)?.[1]
  return Number(ipv4) + Number(ipv6)
}
