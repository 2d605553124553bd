import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from './command-run.fixture.ts'
import { costCommand } from './cost-command.ts'

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}.yaml`, import.meta.url))
const FOUR_CLOUDS = example('four-clouds')
const world = (name: string): string => fileURLToPath(new URL(`../../test/worlds/${name}.yaml`, import.meta.url))

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-cost-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function cost(...words: readonly string[]) {
  return runCommand(({ terminal }) => costCommand(terminal), words)
}

type Sums = { readonly from: string; readonly to: string | null; readonly bytes: string; readonly cost: string }

/** `aws gcp: 6000000000 0.30` */
async function sums(...words: readonly string[]) {
  const { printed, errors } = await cost(...words, '-o', 'json')
  expect(errors).toEqual([])
  const data = JSON.parse(printed)
  const list = ({ pairs }: { readonly pairs: readonly Sums[] }) =>
    Object.fromEntries(pairs.map(({ from, to, bytes, cost: own }) => [`${from} ${to}`, `${bytes} ${own}`]))
  return { pairs: list(data), tried: data.tried.map(list), data }
}

const GB = '000000000'

describe('damask cost: 1 GB from every node to every other', () => {
  test('four clouds: 3 nodes of aws, 2 of gcp, 1 of aliyun and home', async () => {
    const { pairs, data } = await sums(FOUR_CLOUDS)
    expect(pairs).toEqual({
      'aws gcp': `6${GB} 0.00`, // 3 x 2
      'gcp aws': `6${GB} 0.00`,
      'aws aliyun': `3${GB} 0.00`,
      'aliyun aws': `3${GB} 0.00`,
      'aws home': `3${GB} 0.00`,
      'home aws': `3${GB} 0.00`,
      'gcp aliyun': `2${GB} 0.00`,
      'aliyun gcp': `2${GB} 0.00`,
      'gcp home': `2${GB} 0.00`,
      'home gcp': `2${GB} 0.00`,
      'aliyun home': `1${GB} 0.00`,
      'home aliyun': `1${GB} 0.00`,
      // 3 x 2 among themselves; aws-2 and aws-3 to and from 4 nodes elsewhere by aws-1.
      'aws aws': `22${GB} 0.00`,
      // 2 among themselves; gcp-2 to and from 5 nodes elsewhere by gcp-1.
      'gcp gcp': `12${GB} 0.00`,
    })
    expect(data).toMatchObject({ sentBytes: `42${GB}`, lostBytes: '0', cost: '0.00' })
    expect(data.borders).toEqual([
      { place: 'aliyun', outBytes: `6${GB}`, inBytes: `6${GB}` },
      { place: 'aws', outBytes: `12${GB}`, inBytes: `12${GB}` },
      { place: 'gcp', outBytes: `10${GB}`, inBytes: `10${GB}` },
      { place: 'home', outBytes: `6${GB}`, inBytes: `6${GB}` },
    ])
  })

  test('two gateways share evenly: what comes for a gateway arrives half at the other one', async () => {
    const { pairs } = await sums(example('two-gateways'))
    // Among themselves 6; a3 to the 3 of b by a1 or a2: 3; back to a3: 3; to a1 by a2 and to a2 by a1, half of 3 each: 3.
    expect(pairs).toEqual({ 'a b': `9${GB} 0.00`, 'b a': `9${GB} 0.00`, 'a a': `15${GB} 0.00`, 'b b': `15${GB} 0.00` })
  })

  test('a relay pays for both halves', async () => {
    const { pairs } = await sums(example('behind-nat'))
    // The office and the flat meet through the rented machine: 2 for that itself and 2 for the flat, all of the same border.
    expect(pairs).toMatchObject({
      'office rented': `4${GB} 0.00`,
      'rented flat': `3${GB} 0.00`,
      'flat rented': `3${GB} 0.00`,
      'rented office': `4${GB} 0.00`,
    })
    expect(Object.keys(pairs)).not.toContain('office flat')
  })

  test('--packet-size counts what encapsulations add', async () => {
    const { pairs } = await sums(FOUR_CLOUDS, '--packet-size', '1400')
    expect(pairs).toMatchObject({
      // WireGuard pads 1400 to 1408 and adds 32 + 8 + 20: 1468 for each 1400.
      'aliyun home': '1048571429 0.00',
      // vxlan adds 8 + 14 + 8 + 20: 1450 for each 1400, of 22 GB.
      'aws aws': '22785714286 0.00',
      // direct adds nothing.
      'gcp gcp': `12${GB} 0.00`,
    })
  })

  test('a packet larger than pods may send is refused', async () => {
    const { errors, exitCode } = await cost(FOUR_CLOUDS, '--packet-size', '1500')
    expect(errors).toEqual(["--packet-size is 1500; a pod's packet has at most 1440 bytes in this network"])
    expect(exitCode).toBe(2)
  })
})

describe('damask cost says what packets do', () => {
  test('what does not arrive is lost, with how much and why, and crosses nothing', async () => {
    const { pairs, data } = await sums(world('leaks-on-purpose'))
    expect(pairs).toEqual({})
    expect(data).toMatchObject({ sentBytes: `2${GB}`, lostBytes: `2${GB}`, borders: [] })
    const reason = 'north: it crosses one > internet > two in the clear'
    expect(data.losses[0]).toEqual({
      from: 'one',
      to: 'two',
      bytes: `1${GB}`,
      example: { from: 'north', to: 'south', reason },
    })
    const { printed } = await cost(world('leaks-on-purpose'))
    expect(printed).toMatch(/^ {2}lost from +to +GB +such as$/m)
    expect(printed).toMatch(
      /^ {2}one +two +1\.00 +north to south: north: it crosses one > internet > two in the clear$/m,
    )
    expect(printed).toMatch(/^lost {2}2\.00 GB$/m)
  })

  test('what is lost on the way has crossed what is before that', async () => {
    // The cloud of aws checks sources: from its gateway no pod's packet goes on bare to aws-2 and aws-3, nor from there to anybody.
    const { tried, data } = await sums(FOUR_CLOUDS, '--try', 'fabric=aws:direct')
    expect(tried[0]).toMatchObject({ 'gcp aws': `6${GB} 0.00`, 'aws gcp': `2${GB} 0.00` })
    expect(tried[0]).not.toHaveProperty('aws aws')
    // 6 among themselves, 2 x 4 to others and as much from there.
    expect(data.tried[0]).toMatchObject({ lostBytes: `22${GB}` })
    expect((await cost(FOUR_CLOUDS, '--try', 'fabric=aws:direct')).printed).toMatch(
      /^ {2}gcp +aws +4\.00 +gcp-1 to aws-2: aws-1: /m,
    )
  })

  test('tunnels between machines of one network do not cross its border', async () => {
    const { data } = await sums(world('mapped-ports'))
    const inside = data.pairs.filter(({ from, to }: Sums) => from === to)
    expect(inside.map(({ publicBytes }: { readonly publicBytes: string }) => publicBytes)).toEqual(['0', '0'])
  })

  test('another plugin carries pods from the gateway to their node: one hop more', async () => {
    const { pairs } = await sums(world('fabric-none'))
    // Two of a among themselves: 2; a2 to the two of b by a1, and back: 4.
    expect(pairs).toEqual({ 'a a': `6${GB} 0.00`, 'a b': `4${GB} 0.00`, 'b a': `4${GB} 0.00`, 'b b': `6${GB} 0.00` })
  })
})

const PRICES = `
currency: USD
usual: { egress: 0.10 }
places:
  aws: { egress: 0.085, inside: 0.01 }
  home: { egress: 0, ingress: "0.001" }
pairs: [{ from: aws, to: gcp, price: 0.02 }]
`

describe('damask cost --prices', () => {
  test('money is exact, and a pair counts before egress and ingress', async () => {
    const { pairs, data } = await sums(FOUR_CLOUDS, '--prices', file('prices.yaml', PRICES))
    expect(pairs).toMatchObject({
      'aws gcp': `6${GB} 0.12`, // 6 x 0.02
      'aws aliyun': `3${GB} 0.255`, // 3 x 0.085
      'aws home': `3${GB} 0.258`, // 3 x (0.085 + 0.001)
      'aws aws': `22${GB} 0.22`, // 22 x 0.01
      'gcp aws': `6${GB} 0.60`, // 6 x 0.10, as usual
      'gcp gcp': `12${GB} 0.00`,
      'home aws': `3${GB} 0.00`,
    })
    // aws 0.853; gcp 10 x 0.10 + 2 x 0.001; aliyun 6 x 0.10 + 1 x 0.001; home 0.
    expect(data).toMatchObject({ currency: 'USD', cost: '2.456' })
  })

  test('unit: GiB is 2^30 bytes, also of traffic where none is given', async () => {
    const { data } = await sums(FOUR_CLOUDS, '--prices', file('gib.yaml', 'unit: GiB\nusual: { egress: 1 }\n'))
    expect(data).toMatchObject({ sentBytes: String(42n * 2n ** 30n), cost: '34.00' }) // 12 + 10 + 6 + 6
  })

  test('what is wrong in the file is said with its place', async () => {
    const wrong = file('wrong.yaml', 'currency: USD\nusual: { egres: 1 }\nplaces: { aws: { egress: cheap } }\n')
    const { printed, errors, exitCode } = await cost(FOUR_CLOUDS, '--prices', wrong)
    expect(errors).toEqual([
      `${wrong}:2:10: egres is not a field of the prices of a place; did you mean "egress"? (fields: egress, ingress, inside)`,
      `${wrong}:3:26: egress is "cheap"; expected the price of a GB as a decimal number, such as 0.085`,
    ])
    expect({ printed, exitCode }).toEqual({ printed: '', exitCode: 2 })
  })
})

describe('damask cost --traffic', () => {
  test('nodes, sites, prefixes and outside', async () => {
    const traffic = file(
      'traffic.yaml',
      `
- { from: aws-2, to: gcp-2, bytes: 10GB }
- { from: aws, to: site/home, bytes: 3 GB }
- { from: 10.42.6.0/24, to: 10.42.1.7, bytes: 500 MB }
- { from: gcp-1, to: outside, bytes: 1.5GB }
`,
    )
    const { pairs } = await sums(FOUR_CLOUDS, '--traffic', traffic)
    expect(pairs).toEqual({
      'aws aws': `12${GB} 0.00`, // 10 by aws-1, and a third of 3 each from aws-2 and aws-3
      'aws gcp': `10${GB} 0.00`,
      'gcp gcp': `10${GB} 0.00`,
      'aws home': `3${GB} 0.00`,
      'aliyun aws': '500000000 0.00',
      'gcp null': '1500000000 0.00',
    })
  })

  test('CSV with a head line, and GiB', async () => {
    const { pairs } = await sums(FOUR_CLOUDS, '--traffic', file('t.csv', 'from,to,bytes\n# a note\naws-1,gcp-1,1GiB\n'))
    expect(pairs).toEqual({ 'aws gcp': '1073741824 0.00' })
  })

  test('what is wrong is said with its place and the nearest name', async () => {
    const traffic = file('bad.yaml', '- { from: aws1, to: gcp, bytes: 1GB }\n- { from: aws, to: gcp, bytes: many }\n')
    const { errors, exitCode } = await cost(FOUR_CLOUDS, '--traffic', traffic)
    expect(errors).toEqual([
      `${traffic}:1:3: nothing is called aws1; expected a node, a site, a prefix or outside, and there are aliyun, aws, gcp, home; did you mean "aws-1"?`,
      `${traffic}:2:3: bytes is "many"; expected a number of bytes such as 1500, 10GB or 1.5TiB`,
    ])
    expect(exitCode).toBe(2)
    const csv = file('bad.csv', 'aws-1,gcp-1\n')
    expect((await cost(FOUR_CLOUDS, '--traffic', csv)).errors).toEqual([
      `${csv}:1:1: the line has 2 cells; expected from,to,bytes`,
    ])
  })

  test('a file that is not there', async () => {
    const { errors, exitCode } = await cost(FOUR_CLOUDS, '--traffic', join(folder, 'none.csv'))
    expect(errors.join()).toContain('none.csv')
    expect(exitCode).toBe(2)
  })
})

describe('damask cost --try', () => {
  test('a second gateway saves half of the ways inside', async () => {
    const { pairs, tried } = await sums(FOUR_CLOUDS, '--try', 'gateway=aws:aws-1,aws-2')
    // 6 among themselves; aws-3 to 4 elsewhere and back: 8; to aws-1 by aws-2 and the reverse, half of 4 each: 4.
    expect([pairs['aws aws'], tried[0]['aws aws']]).toEqual([`22${GB} 0.00`, `18${GB} 0.00`])
  })

  test('each node a site: neighbours meet by public addresses that their cloud turns round, in the places of before', async () => {
    const { tried, data } = await sums(example('two-gateways'), '--try', 'sites=each-node')
    // a3 and b3 are behind NAT and meet each other through a1; with all others they meet themselves.
    // Among the 3 of a: 6. a3 to b3 and back by a1 passes a twice more: 2.
    expect(tried[0]).toEqual({ 'a a': `8${GB} 0.00`, 'a b': `9${GB} 0.00`, 'b a': `9${GB} 0.00`, 'b b': `6${GB} 0.00` })
    // None of what stays in a cloud is seen outside of it.
    expect(data.tried[0].borders).toEqual([
      { place: 'a', outBytes: `9${GB}`, inBytes: `9${GB}` },
      { place: 'b', outBytes: `9${GB}`, inBytes: `9${GB}` },
    ])
  })

  test('a change moves no machine: clouds that are called one site are several networks still', async () => {
    const documents = readFileSync(FOUR_CLOUDS, 'utf8')
      .split(/^---$/m)
      .filter((document) => !/^kind: Site/m.test(document))
      .map((document) => document.replace('{ kind: direct }', '{ kind: vxlan }'))
    const said = file('said.yaml', documents.join('---'))
    const guessed = file('guessed.yaml', documents.filter((document) => !/^kind: Lab/m.test(document)).join('---'))
    for (const path of [said, guessed]) {
      const { pairs, tried, data } = await sums(path, '--try', 'sites=one')
      expect(pairs).toMatchObject({ 'aws gcp': `6${GB} 0.00`, 'aws aws': `22${GB} 0.00` })
      // 3 x 2 and 2 among themselves, and nothing goes further.
      expect(tried[0]).toEqual({ 'aws aws': `6${GB} 0.00`, 'gcp gcp': `2${GB} 0.00` })
      expect(data.tried[0].lostBytes).toBe(`34${GB}`)
    }
    expect((await cost(guessed)).printed).toContain('note: the networks below are guessed')
    expect((await cost(said)).printed).not.toContain('guessed')
  })

  test('another fabric adds other bytes', async () => {
    const { tried } = await sums(FOUR_CLOUDS, '--packet-size', '1400', '--try', 'fabric=gcp:wireguard')
    expect(tried[0]['gcp gcp']).toBe('12582857143 0.00') // 12 GB x 1468 / 1400
  })

  test('another world, side by side, with the difference', async () => {
    // aws-3 moves into gcp, which then has 3 nodes, and aws 2.
    const text = readFileSync(FOUR_CLOUDS, 'utf8').replace(
      'site: aws\n  privateAddresses: [172.31.0.13/20]',
      'site: gcp\n  privateAddresses: [10.128.0.13/24]',
    )
    const words = [FOUR_CLOUDS, '--prices', file('prices.yaml', PRICES), '--try', file('other.yaml', text)]
    const { printed, exitCode } = await cost(...words)
    expect(exitCode).toBe(0)
    expect(printed).toMatch(/^with .*other\.yaml\n {2}from +to +GB now +then +difference +cost now +then +difference$/m)
    // 2 among themselves, aws-2 to and from 5 elsewhere, at 0.01.
    expect(printed).toMatch(/^ {2}aws +aws +22\.00 +12\.00 +-10\.00 +0\.22 +0\.12 +-0\.10$/m)
    expect(printed).toMatch(/^ {2}gcp +home +2\.00 +3\.00 +\+1\.00 /m)
    // aws 0.12 + 6 x 0.02 + 2 x 0.085 + 2 x 0.086; gcp 12 x 0.1 + 3 x 0.001; aliyun 6 x 0.1 + 0.001; home 0: 2.386.
    expect(printed).toMatch(/^ {2}in all +2\.46 +2\.39 +-0\.07$/m)
  })

  test('what cannot be tried is said, with what can', async () => {
    expect((await cost(FOUR_CLOUDS, '--try', 'gateway=aws:aws-9')).errors).toEqual([
      'cannot try gateway=aws:aws-9: site aws has no node aws-9; it has aws-1, aws-2, aws-3; did you mean "aws-1"?',
    ])
    const { errors, exitCode } = await cost(FOUR_CLOUDS, '--try', 'fabric=aws:vxlam')
    expect(errors).toEqual([
      'cannot try fabric=aws:vxlam: there is no fabric vxlam; it is one of direct, vxlan, ipip, wireguard, none; did you mean "vxlan"?',
    ])
    expect(exitCode).toBe(2)
    expect((await cost(FOUR_CLOUDS, '--try', 'sites=all')).errors.join()).toContain('sites=each-node')
  })
})

test('damask cost prints a table, the borders and the sum, and what was not counted', async () => {
  const { printed } = await cost(FOUR_CLOUDS, '--prices', file('prices.yaml', PRICES))
  expect(printed).toMatch(
    /^network default, 7 nodes: 1 GB from every node to every other\n\n {2}from +to +GB +public +price a GB +cost\n/,
  )
  expect(printed).toMatch(/^ {2}aws +gcp +6\.00 +6\.00 +0\.02 +0\.12$/m)
  expect(printed).toMatch(/^ {2}aws +aws +22\.00 +0\.00 +0\.01 +0\.22$/m)
  expect(printed).toMatch(/^cost {2}2\.46 USD$/m)
  expect(printed).toMatch(/note: what encapsulations add is not counted/)
})
