// A lab that is left up, entered, edited and broken.
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { damask, FOUR_CLOUDS, leftovers } from './damask-process.ts'

const NAME = 'four-clouds'
let before: readonly string[]

beforeAll(async () => {
  before = leftovers()
  const { code, complaints } = await damask('lab', 'up', FOUR_CLOUDS)
  expect(code, complaints).toBe(0)
})
afterAll(async () => {
  await damask('lab', 'down', NAME)
  expect(leftovers()).toEqual(before)
})

const exec = (...words: readonly string[]) => damask('lab', 'exec', NAME, ...words)
const ready = async (nodes: number): Promise<void> => {
  await expect
    .poll(async () => (await damask('lab', 'status', NAME)).output, { timeout: 60_000, interval: 500 })
    .toContain(`${nodes} of ${nodes} nodes ready`)
}
const pingBetween = async (from: string, to: string): Promise<number | null> => {
  const address =
    (await exec(to, '--', 'ip', '-o', '-4', 'address', 'show', 'eth0')).output.match(/inet ([\d.]+)/)?.[1] ?? ''
  return (await exec(from, '--', 'ping', '-c', '1', '-W', '2', address)).code
}

describe('a lab that is up', () => {
  it('says which nodes are ready', async () => {
    expect(await damask('lab', 'status')).toMatchObject({ code: 0, output: 'four-clouds (up): 7 of 7 nodes ready\n' })
  })

  it('is not swept away by another run, nor brought up twice', async () => {
    const { code, complaints } = await damask('lab', 'up', FOUR_CLOUDS)
    expect(code).toBe(2)
    expect(complaints).toContain('damask lab down four-clouds')
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
    const file = `/run/damask-lab/${NAME}/world/four-clouds.yaml`
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('masquerade: [ipv4, ipv6]', 'masquerade: []'))
    await expect
      .poll(async () => (await exec('aws-1', '--', 'nft', 'list', 'table', 'inet', 'damask')).output, {
        timeout: 10_000,
      })
      .not.toContain('masquerade')
    writeFileSync(file, text)
    await ready(7)
  })

  it('brings a node back after its power was gone, with its key and its pods', async () => {
    const key = async (): Promise<string> =>
      (await exec('gcp-1', '--', 'damask', 'status')).output.match(/[\w+/]{43}=/)?.[0] ?? 'none'
    const old = await key()
    expect(await damask('lab', 'reboot', NAME, 'gcp-1')).toMatchObject({ code: 0 })
    // Who is behind NAT may only notice by what it sends: WireGuard gives up a dead session after 15 s.
    await expect.poll(() => pingBetween('home-1-a', 'gcp-1-b'), { timeout: 60_000, interval: 500 }).toBe(0)
    await ready(7)
    expect(await key()).toBe(old)
    expect(await pingBetween('gcp-1-a', 'aws-3-b')).toBe(0)
  })
})
