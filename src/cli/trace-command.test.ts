import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from './command-run.fixture.ts'
import { traceCommand } from './trace-command.ts'

const FOUR_CLOUDS = fileURLToPath(new URL('../../examples/four-clouds.yaml', import.meta.url))
const NANJING = fileURLToPath(new URL('../../examples/nanjing-shanghai.yaml', import.meta.url))

async function trace(...words: readonly string[]) {
  return runCommand(traceCommand, words)
}

describe('damask trace', () => {
  test('shows each hop with its entry, the reason, what was wrapped and what was crossed; then the answer and the verdict', async () => {
    const { printed, exitCode } = await trace('pod@aws-2', 'pod@home-1', FOUR_CLOUDS, '--family', '4')
    expect(printed).toMatch(
      /^pod of aws-2 10\.42\.2\.2 -> pod of home-1 10\.42\.7\.2, icmp\n\nforth\n {2}1 aws-2: from a pod/,
    )
    expect(printed).toMatch(
      /\n {6}route {5}10\.42\.4\.0\/22 nhid \d+ proto 218 table 218\n {17}# Node\/aws-1: elsewhere: through aws-1/,
    )
    expect(printed).toContain('wrapped   vxlan damask-vx, 172.31.0.12:8472 -> 172.31.0.11:8472, 50 bytes more')
    expect(printed).toContain('over      home > internet > aws (public, encrypted), 1500 bytes; room for 1440')
    expect(printed).toMatch(/verdict: delivered, and so is the answer; largest packet that passes unsplit: 1440 bytes$/)
    expect(exitCode).toBe(0)
  })

  test('takes addresses, prefixes, nodes, names of a lab’s pods, and outside, and says what is too large', async () => {
    const sameEnds = await Promise.all(
      ['10.42.7.2', '10.42.7.0/24', 'home-1-a', 'pod@home-1'].map((to) =>
        trace('gcp-1', to, FOUR_CLOUDS, '--family', '4'),
      ),
    )
    expect(new Set(sameEnds.map(({ printed }) => printed)).size).toBe(1)
    expect((await trace('172.16.0.1', 'n2', NANJING)).exitCode).toBeDefined()
    const outside = await trace('pod@aws-2', 'outside', FOUR_CLOUDS, '--family', '4')
    expect(outside.printed).toContain('source    becomes 172.31.0.12')
    const large = await trace('pod@aws-2', 'pod@home-1', FOUR_CLOUDS, '--size', '1450', '--port', '443')
    expect(large.printed).toMatch(/tcp port 443, 1450 bytes/)
    expect(large.printed).toMatch(/verdict: too big at aws-1, which says so: 1440 bytes would pass/)
    expect(large.exitCode).toBe(1)
  })

  test('a packet to one’s own machine has no bound of size, and is no number', async () => {
    const { printed } = await trace('pod@aws-2', 'aws-2', FOUR_CLOUDS, '--family', '4')
    expect(printed).toMatch(/verdict: delivered, and so is the answer; it does not leave the machine/)
    expect(printed).not.toContain('Infinity')
  })

  test.each([
    ['127.0.0.1', /^127\.0\.0\.1 is a machine's way to itself/],
    ['0.0.0.0', /stands for "this one"/],
    ['224.0.0.251', /multicast group/],
    ['255.255.255.255', /broadcast/],
    ['169.254.169.254', /of a single link/],
    ['::1', /a machine's way to itself/],
    ['fe80::1', /of a single link/],
    ['10.43.0.10', /in 10\.43\.0\.0\/16, the range of services/],
  ])('%s is no end of a way, and why is said', async (address, why) => {
    for (const ends of [
      ['aws-1', address],
      [address, 'aws-1'],
    ]) {
      const { errors, exitCode } = await trace(...ends, FOUR_CLOUDS)
      expect(errors.at(-1)).toMatch(why)
      expect(exitCode).toBe(2)
    }
  })

  test('the public address of a machine is that machine', async () => {
    const { printed } = await trace('gcp-1', '203.0.113.11', FOUR_CLOUDS)
    expect(printed).toMatch(/-> host aws-1 203\.0\.113\.11,/)
  })

  describe('where machines of two sites have the same private address', () => {
    const node = (name: string, site: string, own: string, nth: number) =>
      `apiVersion: damask.dev/v1alpha1\nkind: Node\nmetadata: { name: ${name} }\nspec: { site: ${site}, privateAddresses: [${own}/24], podPrefixes: [10.42.${nth}.0/24], endpoint: { host: 203.0.113.1, port: ${51820 + nth} } }\n`
    const TWINS = [
      'apiVersion: damask.dev/v1alpha1\nkind: Network\nmetadata: { name: default }\nspec: { podPrefixes: [10.42.0.0/16], sites: { by: field } }\n',
      node('paris', 'paris', '10.0.0.5', 1),
      node('rome', 'rome', '10.0.0.5', 2),
      node('rome-2', 'rome', '10.0.0.6', 3),
      node('oslo', 'oslo', '10.9.0.1', 4),
    ].join('---\n')
    let folder = ''
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'damask-twins-'))
      writeFileSync(join(folder, 'world.yaml'), TWINS)
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    test('it is that of the site where the packet starts', async () => {
      const { printed, exitCode } = await trace('rome-2', '10.0.0.5', folder)
      expect(printed).toMatch(/-> host rome 10\.0\.0\.5,/)
      expect(exitCode).toBe(0)
    })

    test('elsewhere, and as a source, it has to be named', async () => {
      for (const ends of [
        ['oslo', '10.0.0.5'],
        ['10.0.0.5', 'oslo'],
      ])
        expect((await trace(...ends, folder)).errors.at(-1)).toBe(
          '10.0.0.5 is an address of paris and of rome: name the node',
        )
      expect((await trace('rome-2', '203.0.113.1', folder)).errors.at(-1)).toMatch(
        /is an address of .*: name the node$/,
      )
    })
  })

  test('-o json is an array with a trace for each family, its entries as in plans', async () => {
    const { printed } = await trace('pod@aws-2', 'pod@gcp-2', FOUR_CLOUDS, '-o', 'json')
    const traces = JSON.parse(printed)
    expect(traces.map(({ family }: { family: number }) => family)).toEqual([4, 6])
    expect(traces[0]).toMatchObject({
      from: { kind: 'pod', node: 'aws-2', address: '10.42.2.2' },
      verdict: { kind: 'delivered', to: { kind: 'pod', node: 'gcp-2' } },
      mtuBytes: 1440,
    })
    expect(traces[0].forth[0].hops[0].steps[1].entry).toMatchObject({ kind: 'route', table: 218 })
  })

  test('takes the networks below from the Lab, and says where it cannot', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'damask-trace-'))
    try {
      const text = readFileSync(FOUR_CLOUDS, 'utf8')
      const file = join(folder, 'world.yaml')
      const traceIn = async (changed: string) => {
        writeFileSync(file, changed)
        return trace('home-1-a', 'aws-2-a', file, '--family', '4')
      }
      const closed = await traceIn(text.replace('port: 51820 }] # what enters', 'port: 22 }] # what enters'))
      expect(closed.printed).toContain('the firewall of aws does not let UDP port 51820 through')
      expect(closed.exitCode).toBe(1)
      const guessed = await traceIn(text.replace('host: 203.0.113.11,', 'host: gate.example.org,'))
      expect(guessed.errors.join()).toMatch(
        /^note: the networks below are guessed, and not those of the Lab: node aws-1 has .*gate\.example\.org/,
      )
      expect(guessed.exitCode).toBe(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('--live needs a Lab, and one that is up', async () => {
    const text = readFileSync(FOUR_CLOUDS, 'utf8').replace('{ name: four-clouds }', '{ name: is-not-up }')
    const folder = mkdtempSync(join(tmpdir(), 'damask-trace-'))
    try {
      const file = join(folder, 'world.yaml')
      writeFileSync(file, text)
      const down = await trace('aws-1', 'home-1', file, '--live')
      expect(down.errors.join()).toMatch(/^lab is-not-up is not up.*; start it: damask lab up .*world\.yaml$/)
      expect(down.exitCode).toBe(2)
      writeFileSync(file, text.replace(/---\napiVersion: [^\n]*\nkind: Lab[\s\S]*$/, ''))
      const none = await trace('aws-1', 'home-1', file, '--live')
      expect(none.errors.join()).toContain('there is no Lab among these resources')
      expect(none.exitCode).toBe(2)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('what is wrong with the ends is said, with the nearest name', async () => {
    const misspelt = await trace('aws-9', 'home-1', FOUR_CLOUDS)
    expect(misspelt.errors.join()).toMatch(
      /^"aws-9" is no address, no prefix and no node of this world.*did you mean "aws-1"\?$/,
    )
    expect(misspelt.exitCode).toBe(2)
    const refused = async (...words: readonly string[]) => (await trace(...words, FOUR_CLOUDS)).errors
    expect(await refused('8.8.8.8', 'aws-1')).toEqual([
      '8.8.8.8 is no part of the network: a trace starts at a node, in a pod, or behind a node',
    ])
    expect(await refused('10.42.2.2', 'fd42:42:0:1::2')).toEqual([
      '10.42.2.2 and fd42:42:0:1::2 have no family of addresses in common',
    ])
    expect(await refused('aws-1', 'aws-2', '--port', '1', '--protocol', 'icmp')).toEqual([
      'ICMP has no ports: leave out --port or --protocol icmp',
    ])
    expect((await trace('aws-1', 'aws-2')).errors.join()).toContain('say where the resources are')
  })
})
