// The wireguard-go of `make wireguard-go`, where somebody built it. What it has to do is in src/linux/wireguard, for it as for Debian's.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { tryKernelWireguard } from '../../src/linux/wireguard/kernel-wireguard.ts'
import { createLoneMachine, createWire } from '../lone-machine.ts'
import { loneWorld } from '../vm/lone-world.ts'

const ROOT = join(import.meta.dirname, '../..')
const PROGRAM = join(ROOT, 'dist/wireguard-go')
const LACK = existsSync(PROGRAM) ? undefined : 'dist/wireguard-go is not there; with Go, `make wireguard-go` builds it'

test('the current wireguard-go is of the version that docs/wireguard.md speaks of', ({ skip }) => {
  if (LACK !== undefined) skip(LACK)
  const said = execFileSync(PROGRAM, ['--version'], { encoding: 'utf8' })
  const version = /^wireguard-go v(\S+)\n/.exec(said)?.[1] ?? said
  expect(readFileSync(join(ROOT, 'docs/wireguard.md'), 'utf8')).toContain(`**${version}**`)
})

test('the current wireguard-go is what an agent runs, and not the one of the system', async ({ skip }) => {
  if (LACK !== undefined) skip(LACK)
  if (hasKernelWireguard()) skip('this kernel has WireGuard, and needs no wireguard-go')
  const folder = mkdtempSync(join(tmpdir(), 'damask-current-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = join(folder, 'store')
  mkdirSync(store)
  writeFileSync(join(store, 'world.yaml'), loneWorld({ hasTunnel: true }))
  const wire = createWire()
  onTestFinished(wire.remove)
  const machine = createLoneMachine('a1', folder)
  onTestFinished(machine.remove)
  wire.plug(machine.namespace, '10.0.1.11/24')
  machine.startAgent(store)
  await expect.poll(() => programsIn(machine.namespace), { interval: 50 }).toContain(PROGRAM)
})

function hasKernelWireguard(): boolean {
  const kernel = tryKernelWireguard(undefined)
  kernel?.close()
  return kernel !== undefined
}

/** Of all processes in the network namespace. */
function programsIn(namespace: string): string[] {
  const pids = execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' }).split('\n').filter(Boolean)
  return pids.map((pid) => readlinkSync(`/proc/${pid}/exe`))
}
