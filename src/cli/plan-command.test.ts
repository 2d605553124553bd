import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCommand } from './command-run.fixture.ts'
import { planCommand } from './plan-command.ts'

const FOUR_CLOUDS = fileURLToPath(new URL('../../examples/four-clouds.yaml', import.meta.url))

async function plan(...words: readonly string[]) {
  return runCommand(planCommand, words)
}

describe('damask plan', () => {
  test('shows every node under a heading, ascending by name, with ?name for keys that are not there yet', async () => {
    const { printed, exitCode } = await plan(FOUR_CLOUDS)
    expect(printed.match(/^## .*/gm)).toEqual(
      ['aliyun-1', 'aws-1', 'aws-2', 'aws-3', 'gcp-1', 'gcp-2', 'home-1'].map((name) => `## node ${name}`),
    )
    expect(printed).toContain('\nPublicKey = ?gcp-1\n')
    expect(exitCode).toBe(0)
  })

  test('--node shows one node without a heading, and --no-because leaves the reasons out', async () => {
    const { printed } = await plan(FOUR_CLOUDS, '--node', 'aws-1')
    expect(printed).toMatch(/^# links\ndamask0: <UP> .*# Node\/aws-1 spec\.podPrefixes/)
    const bare = await plan(FOUR_CLOUDS, '--node', 'aws-1', '--no-because')
    expect(bare.printed).not.toContain('Node/')
    expect(bare.printed).toContain('\n10.42.2.0/24 nhid ')
  })

  test('-o commands is a script that knows by which private address to find the NIC', async () => {
    const { printed } = await plan(FOUR_CLOUDS, '--node', 'gcp-1', '-o', 'commands')
    expect(printed).toMatch(/^#!\/bin\/sh\n/)
    expect(printed).toContain('ip -o address show to 10.128.0.11/32')
  })

  test('-o json is one object for one node, and an array for all', async () => {
    const one = JSON.parse((await plan(FOUR_CLOUDS, '--node', 'aws-1', '-o', 'json')).printed)
    expect(one).toMatchObject({ node: 'aws-1', gatewayAddresses: ['10.42.1.1', 'fd42:42:0:1::1'] })
    const all = JSON.parse((await plan(FOUR_CLOUDS, '-o', 'json')).printed)
    expect(all).toHaveLength(7)
    expect(all[1]).toEqual(one)
  })

  test('prints node after node, and no more once nobody reads', async () => {
    const printed: string[] = []
    const command = planCommand({
      clock: { now: () => 0, after: () => () => {} },
      terminal: {
        print: (text) => void printed.push(text),
        printError: () => {},
        setExitCode: () => {},
        isRead: () => printed.length < 2,
      },
    })
    await command.parseAsync([FOUR_CLOUDS], { from: 'user' })
    expect(printed.map((text) => text.slice(0, text.indexOf('\n')))).toEqual(['## node aliyun-1', '## node aws-1'])
  })

  test('a misspelt node is an error that tells the nearest name', async () => {
    const { printed, errors, exitCode } = await plan(FOUR_CLOUDS, '--node', 'aws1')
    expect(errors.at(-1)).toBe(
      'there is no node aws1 in this world; it has aliyun-1, aws-1, aws-2, aws-3, gcp-1, gcp-2, home-1; did you mean "aws-1"?',
    )
    expect(exitCode).toBe(2)
    expect(printed).toBe('')
  })
})

describe('damask plan of wrong files', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'damask-plan-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('prints an issue a line with its place, no plan, and exits with 2', async () => {
    const file = join(folder, 'world.yaml')
    writeFileSync(
      file,
      'apiVersion: damask.dev/v1alpha1\nkind: Network\nmetadata: { name: default }\nspec:\n  podPrefix: [10.42.0.0/16]\n',
    )
    const { printed, errors, exitCode } = await plan(file)
    expect(errors.join('\n')).toContain(`${file}:5:3: `)
    expect(errors.join('\n')).toContain('podPrefixes')
    expect({ printed, exitCode }).toEqual({ printed: '', exitCode: 2 })
  })

  test('a file that is not there is such an issue too', async () => {
    const { errors, exitCode } = await plan(join(folder, 'none.yaml'))
    expect(errors.join('\n')).toContain('none.yaml')
    expect(exitCode).toBe(2)
  })
})
