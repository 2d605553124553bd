// A lab that is left up, entered, edited and broken.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { damask, FOUR_CLOUDS, labId, remainsOf } from './damask-process.ts'

const NAME = `up-test-${process.pid}`
const folder = mkdtempSync(join(tmpdir(), 'damask-up-'))
const file = join(folder, 'world.yaml')
let id: string
let told: string

beforeAll(async () => {
  writeFileSync(file, readFileSync(FOUR_CLOUDS, 'utf8').replace('{ name: four-clouds }', `{ name: ${NAME} }`))
  const { code, complaints, output } = await damask('lab', 'up', file, '-o', 'json')
  told = output
  id = labId(complaints)
  expect(code, complaints).toBe(0)
})
afterAll(async () => {
  await damask('lab', 'down', NAME)
  rmSync(folder, { recursive: true })
  expect(remainsOf(id, NAME)).toEqual([])
})

const exec = (...words: readonly string[]) => damask('lab', 'exec', NAME, ...words)
const ready = async (nodes: number): Promise<void> => {
  await expect
    .poll(async () => (await damask('lab', 'status', NAME)).output, { timeout: 240_000, interval: 500 })
    .toContain(`${nodes} of ${nodes} nodes ready`)
}
const pingBetween = async (from: string, to: string): Promise<number | null> => {
  const address =
    (await exec(to, '--', 'ip', '-o', '-4', 'address', 'show', 'eth0')).output.match(/inet ([\d.]+)/)?.[1] ?? ''
  return (await exec(from, '--', 'ping', '-c', '3', '-i', '0.2', '-W', '20', address)).code
}

describe('a lab that is up', () => {
  it('says which nodes are ready', async () => {
    await ready(7)
    expect((await damask('lab', 'status')).output).toContain(`${NAME} (up): 7 of 7 nodes ready\n`)
  })

  it('is told as JSON by up as by status', async () => {
    const { output } = await damask('lab', 'status', NAME, '-o', 'json')
    expect(JSON.parse(told)).toEqual(JSON.parse(output))
    expect(JSON.parse(told)).toMatchObject([{ lab: NAME, nodes: { length: 7 } }])
  })

  it('is not swept away by another run, nor brought up twice', async () => {
    const { code, complaints } = await damask('lab', 'up', file)
    expect(code).toBe(2)
    expect(complaints).toContain(`damask lab down ${NAME}`)
    await ready(7)
  })

  it('runs the tool inside a node, with the folders that a machine would have', async () => {
    const { code, output } = await exec('aws-1', '--', 'damask', 'status')
    expect(output).toContain('aws-1')
    expect(code).toBe(0)
  })

  it('carries the exit code of what was run', async () => {
    expect((await exec('aws-1', '--', 'sh', '-c', 'exit 7')).code).toBe(7)
  })

  it('names what can be entered when the name is wrong', async () => {
    expect((await exec('aws-9', '--', 'true')).complaints).toContain('aws-1, aws-1-a, aws-1-b, aws-2')
  })

  it('follows what is edited in its world', async () => {
    const copy = `/run/damask-lab/${NAME}/world/world.yaml`
    const text = readFileSync(copy, 'utf8')
    writeFileSync(copy, text.replace('masquerade: [ipv4, ipv6]', 'masquerade: []'))
    await expect
      .poll(async () => (await exec('aws-1', '--', 'nft', 'list', 'table', 'inet', 'damask')).output, {
        timeout: 120_000,
      })
      .not.toContain('masquerade')
    writeFileSync(copy, text)
    await ready(7)
  })

  it('brings a node back after its power was gone, with its key and its pods', async () => {
    const key = async (): Promise<string> =>
      (await exec('gcp-1', '--', 'damask', 'status')).output.match(/[\w+/]{43}=/)?.[0] ?? 'none'
    const old = await key()
    expect(await damask('lab', 'reboot', NAME, 'gcp-1')).toMatchObject({ code: 0, complaints: '' })
    // Who is behind NAT may only notice by what it sends: WireGuard gives up a dead session after 15 s.
    await expect.poll(() => pingBetween('home-1-a', 'gcp-1-b'), { timeout: 240_000, interval: 500 }).toBe(0)
    await ready(7)
    expect(await key()).toBe(old)
    expect(await pingBetween('gcp-1-a', 'aws-3-b')).toBe(0)
  })
})
