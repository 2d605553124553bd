// What other files would make of the kernels of a lab that is up, told without a change to any of them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killAgent, worldFolder } from '../../src/lab/index.ts'
import { damask, WORLDS } from './damask-process.ts'
import { labOfThisFile } from './lab-under-test.ts'

const WORLD = `${WORLDS}/one-that-changes.yaml`
const DAMASK = fileURLToPath(new URL('../../bin/damask', import.meta.url))
const lab = labOfThisFile(WORLD)

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-diff-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function changed(before: string, after: string): string {
  const text = readFileSync(WORLD, 'utf8')
  expect(text).toContain(before)
  const file = join(folder, 'world.yaml')
  writeFileSync(file, text.replace(before, after))
  return file
}

const diff = async (...words: readonly string[]) => {
  const { code, output, complaints } = await damask('plan', '--diff', 'running', '--lab', lab.name, ...words)
  return { code, output, complaints }
}
const UNCHANGED = { code: 0, complaints: '', output: expect.stringContaining('\nnothing changes on any node\n') }

describe('damask plan --diff running', () => {
  it('says of the files that the lab was made of that nothing would change: keys and links are those of the kernels', async () => {
    expect(await diff(WORLD)).toEqual(UNCHANGED)
  })

  it('says what another fabric would change on the links that there are, and that the kernels have less encryption', async () => {
    const { code, output } = await diff(changed('kind: vxlan', 'kind: wireguard'))
    expect(output).toContain(`from the kernels of lab ${lab.name} to `)
    expect(output).toMatch(/\+ damask-f1 peer \S{43}= endpoint 10\.1\.0\.1[123]:51836 allowed-ips/)
    expect(output).toMatch(/- damask-vx: .*\n +# stood for Site\/changing spec\.fabric/)
    expect(output).toContain('encryption gained  pods and hosts of c2 and c3 among each other')
    expect(output).toContain('encryption gained  pods and hosts of c1 and far <-> pods and hosts of c2 and c3')
    expect(output).not.toContain('$NIC')
    expect(code).toBe(0)
  })

  it('is stopped by a loss', async () => {
    const { code, output } = await diff(changed('  podPrefixes: [10.42.4.0/24, "fd42:42:0:4::/64"]\n', ''))
    expect(output).toMatch(/reach lost .*pods of far/)
    expect(code).toBe(1)
  })

  it('on a node compares with its own kernel', async () => {
    const words = ['plan', '--diff', 'running', worldFolder(lab.record()), '--node', 'c1']
    const { code, output } = await lab.run('c1', DAMASK, ...words)
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('\nnothing changes on any node\n') })
    expect(output).toContain('from the kernel of this machine to ')
    const other = await lab.run('c2', DAMASK, ...words)
    expect(other).toMatchObject({ code: 2, complaints: expect.stringContaining('(eth0 10.1.0.12/24)') })
  })

  it('sees what somebody took away while no agent was there', async () => {
    await killAgent(lab.record(), 'far')
    await lab.ask('far', 'ip', 'route', 'delete', '10.42.1.0/24', 'table', '218')
    const { code, output } = await diff(WORLD)
    expect(output).toMatch(/node far: \+1 route\n {4}\+ 10\.42\.1\.0\/24 .*\n {6}# Node\/c1: /)
    expect(output).toMatch(/reach gained .*far.*\n.*dropped at far: /)
    expect(code).toBe(0)
  })
})
