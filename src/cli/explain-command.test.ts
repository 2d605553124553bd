import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { explainCommand } from './explain-command.ts'

const FOUR_CLOUDS = fileURLToPath(new URL('../../examples/four-clouds.yaml', import.meta.url))
const LAN = fileURLToPath(new URL('../../examples/nanjing-shanghai.yaml', import.meta.url))

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-explain-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function explain(...words: readonly string[]) {
  const printed: string[] = []
  const errors: string[] = []
  let exitCode: number | undefined
  const command = explainCommand({
    clock: { now: () => 0, after: () => () => {} },
    terminal: {
      print: (text) => printed.push(text.replaceAll(/[^\s"]*\/examples\//g, '')),
      printError: (text) => errors.push(text),
      setExitCode: (code) => {
        exitCode = code
      },
    },
  })
  await command.parseAsync(words, { from: 'user' })
  return { printed: printed.join('\n'), errors, exitCode, head: printed.join('\n').split('\n')[0] }
}

describe('damask explain of an address', () => {
  test('says whose it is, where that stands, and how each node comes to it', async () => {
    const { printed, exitCode } = await explain('10.42.4.17', FOUR_CLOUDS)
    expect(printed.split('\n').slice(0, 3)).toEqual([
      '10.42.4.17 is in 10.42.4.0/24, the pods of node gcp-1',
      '  owner  10.42.4.0/24: pods, of node gcp-1 in site gcp  # four-clouds.yaml:59:17 Node/gcp-1 spec.podPrefixes[0]',
      "  range  inside 10.42.0.0/16, the network's range of pods  # four-clouds.yaml:8:17 Network/default spec.podPrefixes[0]",
    ])
    // The gateways of the others by tunnel, aws's members by aws-1, gcp-2 over its private network: one line each.
    expect(printed).toMatch(/^on 3 nodes: aliyun-1, aws-1, home-1\n {2}10\.42\.4\.0\/23 nhid \d+ dev damask-t1 /m)
    expect(printed).toMatch(
      /^on 2 nodes: aws-2, aws-3\n {2}10\.42\.4\.0\/22 nhid \d+ via inet6 fe80::ac1f:b dev damask-vx /m,
    )
    expect(printed).toMatch(/^on 1 node: gcp-2\n {2}10\.42\.4\.0\/24 via 10\.128\.0\.11 dev \$NIC /m)
    expect(printed).toMatch(/^on 7 nodes: .*\n {2}unreachable 10\.42\.0\.0\/16 /m)
    expect(exitCode).toBe(0)
  })

  test('the reason of the owner comes before those of others that share a route', async () => {
    const { printed } = await explain('10.42.7.9', FOUR_CLOUDS, '--node', 'aws-2')
    expect(printed).toContain('Node/home-1 spec.podPrefixes[0]: owns the prefix; and 3 more')
    expect(printed).not.toContain('aws-3')
  })

  test.each([
    ['10.42.1.1', 'the gateway address of node aws-1'],
    ['203.0.113.11', 'the endpoint of node aws-1'],
    ['172.31.0.11', 'the private address of node aws-1'],
    ['172.31.9.9', 'of a private network under the sites: reached without us'],
    ['10.43.0.10', 'inside 10.43.0.0/16, the range of services: never routed by us'],
    [
      '10.42.200.1',
      "inside 10.42.0.0/16, the network's range of pods, and no node's: refused, so that it never leaves in the clear",
    ],
    ['8.8.8.8', 'outside: goes out by masquerade of the node that its pod is on'],
    ['fd42:42:0:3::5', 'in fd42:42:0:3::/64, the pods of node aws-3'],
    ['10.42.0.0/16', "the network's range of pods, and holds prefixes of nodes"],
    ['10.42.3.0/24', 'the pods of node aws-3'],
  ])('%s is %s', async (asked, is) => {
    expect((await explain(asked, FOUR_CLOUDS)).head).toBe(`${asked} is ${is}`)
  })

  test('of prefixes inside each other the longest owns it and decides; the wider one is named', async () => {
    const document = (kind: string, name: string, spec: string) =>
      `apiVersion: damask.dev/v1alpha1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n`
    const file = join(folder, 'nested.yaml')
    const node = (number: number, offered: string) =>
      document(
        'Node',
        `n${number}`,
        `{ site: s${number}, privateAddresses: [192.0.2.${number}/32], endpoint: { host: 192.0.2.${number}, port: 51820 }, podPrefixes: [10.0.${number}.0/24], offeredPrefixes: [${offered}] }`,
      )
    const network = document('Network', 'default', '{ podPrefixes: [10.0.0.0/16] }')
    writeFileSync(file, [network, node(1, '172.20.0.0/16'), node(2, '172.20.7.0/24'), node(3, '')].join('---\n'))
    const { printed, head } = await explain('172.20.7.9', file)
    expect(head).toBe('172.20.7.9 is in 172.20.7.0/24, a network behind node n2')
    expect(printed).toMatch(
      /^ {2}inside +172\.20\.0\.0\/16: a network behind it that it offers, of node n1 in site s1 /m,
    )
    expect(printed).toMatch(/^ {2}172\.20\.7\.0\/24 nhid .* table 218/m)
    expect((await explain('172.20.7.9', file, '--node', 'n3')).printed).not.toMatch(/^ {2}172\.20\.0\.0\/16 nhid/m)
  })

  test('a machine of a virtual LAN', async () => {
    const { head } = await explain('172.16.0.2', LAN)
    expect(head).toContain('the address in the virtual LAN of node n2')
  })
})

describe('damask explain of a name, a key or a number', () => {
  test.each([
    ['aws-1', 'a node of site aws, its gateway'],
    ['aws', 'a site of 3 nodes'],
    ['Site/home', 'a site of 1 node'],
    ['default', 'the network: 4 sites, 7 nodes'],
    ['damask-vx', 'the device of fabric vxlan: to fellow members of the site'],
    ['damask-t1', "a gateway's WireGuard device for the gateways of other sites that hold slot 1"],
    ['?gcp-1', 'the place of the public key, not known yet, of node gcp-1 in site gcp'],
    ['0x1000', "the mark of our tunnels' own packets, which skip our table"],
    ['219', 'the table of the guards: what no route carries is refused there'],
    ['5002', 'the preference of the rule that reads the guards'],
    ['51820', 'a UDP port'],
    ['10.42.4.0/23 table 218', 'the route to 10.42.4.0/23 in table 218'],
  ])('%s is %s', async (asked, is) => {
    const { head, exitCode } = await explain(asked, FOUR_CLOUDS)
    expect(head).toBe(`${asked} is ${is}`)
    expect(exitCode).toBe(0)
  })

  test('a node has its fields with their places, and what there is of it elsewhere', async () => {
    const { printed } = await explain('node gcp-2', FOUR_CLOUDS)
    expect(printed).toMatch(/^ {2}endpoint +none: behind NAT/m)
    expect(printed).toMatch(
      /^ {2}pods +10\.42\.5\.0\/24 {2}# four-clouds\.yaml:67:17 Node\/gcp-2 spec\.podPrefixes\[0\]$/m,
    )
    expect(printed).toMatch(/^on 1 node: gcp-1\n {2}10\.42\.5\.0\/24 via 10\.128\.0\.12 /m)
  })

  test('entries that differ in names alone are one line', async () => {
    const { printed } = await explain('damask-t1', FOUR_CLOUDS)
    expect(printed).toMatch(/^on 4 nodes: .*\n.*\n.*\n {2}damask-t1: <UP> mtu 1440 .* … and 3 alike, of other names$/m)
  })

  test('a device that no node has is said to be nowhere', async () => {
    expect((await explain('damask-ipip', FOUR_CLOUDS)).printed).toMatch(/\n\nit is on no node$/)
  })

  test('what is nothing of the network: what was looked through, and the nearest name', async () => {
    const { printed, errors, exitCode } = await explain('aws2', FOUR_CLOUDS)
    expect(errors).toEqual([
      'nothing of the network is "aws2"; looked through 7 nodes, 4 sites, 14 prefixes, 7 keys, the interfaces, tables, rules, marks, ports and next hops of their plans; did you mean "aws-2"?',
    ])
    expect({ printed, exitCode }).toEqual({ printed: '', exitCode: 2 })
    expect((await explain('port 9', FOUR_CLOUDS)).exitCode).toBe(2)
    expect((await explain('aws-1', FOUR_CLOUDS, '--node', 'aws9')).errors.join()).toContain('there is no node aws9')
  })

  test('-o json has the facts with places, and the entries with all their nodes and reasons', async () => {
    const data = JSON.parse((await explain('10.42.4.17', FOUR_CLOUDS, '-o', 'json')).printed)
    expect(data.meanings).toHaveLength(1)
    expect(data.meanings[0].facts[0]).toMatchObject({
      label: 'owner',
      resource: 'Node/gcp-1',
      field: 'spec.podPrefixes[0]',
      place: 'four-clouds.yaml:59:17',
    })
    const byMembers = data.meanings[0].appearances.find(
      ({ nodes }: { nodes: string[] }) => nodes.join() === 'aws-2,aws-3',
    )
    expect(byMembers.entries[0]).toMatchObject({ kind: 'route', alike: 0 })
    expect(byMembers.entries[0].because).toHaveLength(5)
  })
})

describe('damask explain of other ways to ask', () => {
  test('of addresses that no route leads to it says what they are, and not that they go out', async () => {
    for (const [address, is] of [
      ['127.0.0.1', 'way to itself'],
      ['224.0.0.1', 'multicast'],
      ['fe80::1', 'single link'],
      ['0.0.0.0', 'no address of a machine'],
    ] as const) {
      const { head } = await explain(address, FOUR_CLOUDS)
      expect(head).toContain(is)
      expect(head).not.toContain('masquerade')
    }
  })

  test('takes a route by its prefix alone, and as it is printed', async () => {
    const plain = await explain('route 10.42.7.0/24', FOUR_CLOUDS)
    expect(plain.head).toBe('route 10.42.7.0/24 is the route to 10.42.7.0/24 in table 218')
    const pasted = await explain('10.42.7.0/24 nhid 3662201285 dev damask-t1 proto 218 table 218', FOUR_CLOUDS)
    expect(pasted.printed).toContain('is the route to 10.42.7.0/24 in table 218')
    expect((await explain('route 10.99.0.0/24', FOUR_CLOUDS)).exitCode).toBe(2)
  })

  test.each(['next hop 3657433089', 'nexthop 3657433089', 'device damask0'])(
    'takes the kind as people call it: %s',
    async (asked) => {
      expect((await explain(asked, FOUR_CLOUDS)).exitCode).toBe(0)
    },
  )

  test('takes an endpoint, as wg shows it, for its address and its port', async () => {
    const { printed } = await explain('203.0.113.11:51820', FOUR_CLOUDS)
    expect(printed).toContain('is the endpoint of node aws-1')
    expect(printed).toContain('is a UDP port')
    expect((await explain('203.0.113.11:x', FOUR_CLOUDS)).exitCode).toBe(2)
  })
})
