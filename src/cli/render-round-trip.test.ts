// What `damask render wg-quick` writes is read by `damask verify --wg-quick`, which finds nothing in it.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Judgement } from '../wg-quick/index.ts'
import { runCommand } from './command-run.fixture.ts'
import { renderCommand } from './render-command.ts'
import { verifyCommand } from './verify-command.ts'

const example = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../examples/${name}.yaml`, import.meta.url)), 'utf8')

/** As it would be for people without agents: WireGuard inside of sites too, and one gateway each. */
const forWgQuick = (name: string): string =>
  example(name)
    .replace(/fabric: \{[^}]*\}/g, 'fabric: { kind: wireguard }')
    .replace(/gatewaysPerSite: \d/g, 'gatewaysPerSite: 1')

const keyOf = (nth: number): string => `${String.fromCharCode(97 + nth).repeat(42)}A=`

const withKeys = (documents: string): string =>
  [...documents.matchAll(/^kind: Node\nmetadata: \{ name: ([\w-]+)/gm)].reduce(
    (text, [, name], nth) =>
      `${text}\n---\napiVersion: damask.dev/v1alpha1\nkind: NodeStatus\nmetadata: { name: ${name} }\nstatus: { publicKey: "${keyOf(nth)}" }\n`,
    documents,
  )

let folder = ''
let count = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-round-trip-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function judgementOf(documents: string) {
  const at = join(folder, `${count++}`)
  mkdirSync(at)
  writeFileSync(join(at, 'world.yaml'), documents)
  const rendered = await runCommand(renderCommand, ['wg-quick', join(at, 'world.yaml'), '--out', join(at, 'files')])
  expect(rendered.exitCode, rendered.errors.join('\n')).toBe(0)
  const { printed, exitCode } = await runCommand(verifyCommand, ['--wg-quick', join(at, 'files'), '-o', 'json'])
  const { findings, reach } = JSON.parse(printed) as Judgement
  const mistakes = findings.filter(({ severity }) => severity !== 'note')
  return { mistakes: mistakes.map(({ code, what }) => `${code}: ${what}`), reach, exitCode }
}

describe('nothing is found in the files of', () => {
  test.each(['full-mesh', 'nanjing-shanghai', 'one-site-wireguard'])('%s', async (name) => {
    const { mistakes, reach, exitCode } = await judgementOf(withKeys(example(name)))
    expect(mistakes).toEqual([])
    expect(reach.filter(({ verdict }) => verdict === 'lost')).toEqual([])
    expect(exitCode).toBe(0)
  })

  test.each([
    'four-clouds',
    'ipv6-only',
    'mixed',
    'one-site-cross-subnet',
    'one-site-direct',
    'one-site-vxlan',
    'two-gateways',
  ])('%s, with WireGuard inside its sites', async (name) => {
    const { mistakes, reach } = await judgementOf(withKeys(forWgQuick(name)))
    expect(mistakes).toEqual([])
    expect(reach.filter(({ verdict }) => verdict === 'lost')).toEqual([])
  })
})

test('behind a forwarded port a machine listens at another, and only that is said', async () => {
  const { mistakes } = await judgementOf(withKeys(forWgQuick('behind-nat')))
  expect(mistakes).toEqual(['port: workshop-1 listens at 51820, and all others send to 40001'])
})

test('while keys are not known, each is said once, and everything else is judged as with them', async () => {
  const { mistakes, reach, exitCode } = await judgementOf(example('nanjing-shanghai'))
  expect(mistakes.sort()).toEqual(
    ['n1', 'n2', 'n3', 's1'].map((name) => `placeholder: ?${name} stands where the public key of ${name} is due`),
  )
  expect(reach).toEqual((await judgementOf(withKeys(example('nanjing-shanghai')))).reach)
  expect(exitCode).toBe(0)
})
