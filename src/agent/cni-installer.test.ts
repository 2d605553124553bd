import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHandClock, type HandClock } from '../../test/hand-clock.ts'
import { openInstalledFiles } from '../cni/index.ts'
import { type CniInstaller, installCni } from './cni-installer.ts'

let root: string
let clock: HandClock
let installer: CniInstaller
let wish: 'install' | 'take-away' | undefined
let drift: string[]
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'damask-cni-'))
  for (const folder of ['bin', 'net.d']) mkdirSync(path(folder))
  writeFileSync(path('client'), 'the client')
  clock = createHandClock()
  wish = 'install'
  drift = []
})
afterEach(async () => {
  await installer.close()
  rmSync(root, { recursive: true })
})
const path = (...names: readonly string[]): string => join(root, ...names)
const PROGRAM = () => path('bin', 'damask')
const CONFLIST = () => path('net.d', '10-damask.conflist')
const types = () => installer.findings().map(({ type }) => type)
const plugins = (): string[] =>
  JSON.parse(readFileSync(CONFLIST(), 'utf8')).plugins.map(({ type }: { readonly type: string }) => type)

async function start(): Promise<void> {
  installer = installCni({
    folders: { client: path('client'), binDir: path('bin'), confDir: path('net.d') },
    recordPath: path('cni-installed.json'),
    wish: () => wish,
    noteDrift: (op, entry) => drift.push(`${op} ${entry}`),
    clock,
    log: { info() {}, warn() {} },
  })
  await installer.nudge()
}
async function pass(): Promise<void> {
  await clock.turn(10_000)
  await installer.nudge()
}

describe('what container runtimes need of an agent', () => {
  it('is put where they look once the node can take pods, the client before the configuration', async () => {
    wish = undefined
    await start()
    expect(readdirSync(path('bin'))).toEqual([])
    wish = 'install'
    await installer.nudge()
    expect(readFileSync(PROGRAM(), 'utf8')).toBe('the client')
    expect(statSync(PROGRAM()).mode & 0o777).toBe(0o755)
    expect(plugins()).toEqual(['damask'])
    expect([types(), drift]).toEqual([[], []])
  })

  it('is put back where somebody deletes or changes it, and that is counted', async () => {
    await start()
    rmSync(CONFLIST())
    await pass()
    writeFileSync(CONFLIST(), '{}')
    chmodSync(PROGRAM(), 0o644)
    await pass()
    expect(plugins()).toEqual(['damask'])
    expect(statSync(PROGRAM()).mode & 0o777).toBe(0o755)
    expect(drift).toEqual([`create file ${CONFLIST()}`, `update file ${PROGRAM()}`, `update file ${CONFLIST()}`])
    await pass()
    expect(drift).toHaveLength(3)
  })

  it('is not written again while it stays', async () => {
    await start()
    const before = [PROGRAM(), CONFLIST(), path('cni-installed.json')].map((file) => statSync(file).ino)
    await pass()
    expect([PROGRAM(), CONFLIST(), path('cni-installed.json')].map((file) => statSync(file).ino)).toEqual(before)
  })

  it('follows the stock plugins that come and go, which is no drift', async () => {
    await start()
    writeFileSync(path('bin', 'portmap'), '')
    await pass()
    expect(plugins()).toEqual(['damask', 'portmap'])
    rmSync(path('bin', 'portmap'))
    await pass()
    expect([plugins(), drift]).toEqual([['damask'], []])
  })

  it('does not take the place of a file that was there before, and says so', async () => {
    writeFileSync(CONFLIST(), '{ "mine": true }')
    await start()
    expect(installer.findings()).toEqual([
      {
        severity: 'warning',
        type: 'CniNotInstalled',
        message: expect.stringContaining(`${CONFLIST()} is there already, and is not ours or was changed`),
      },
    ])
    expect(readFileSync(CONFLIST(), 'utf8')).toBe('{ "mine": true }')
    rmSync(CONFLIST())
    await pass()
    expect([types(), plugins()]).toEqual([[], ['damask']])
  })

  it('says which configuration of another plugin comes first', async () => {
    writeFileSync(path('net.d', '05-flannel.conflist'), '{}')
    writeFileSync(path('net.d', '99-loopback.conf'), '{}')
    await start()
    expect(installer.findings()).toEqual([
      {
        severity: 'warning',
        type: 'OtherCniConfiguration',
        message: expect.stringContaining(`${path('net.d', '05-flannel.conflist')} comes before`),
      },
    ])
  })

  it('loses its configuration where another plugin carries the pods, and keeps the client for those that are ours still', async () => {
    await start()
    wish = 'take-away'
    await installer.nudge()
    expect([existsSync(CONFLIST()), existsSync(PROGRAM()), types()]).toEqual([false, true, []])
    wish = 'install'
    await installer.nudge()
    expect([plugins(), drift]).toEqual([['damask'], []])
  })

  it('leaves a configuration that somebody changed where another plugin carries the pods', async () => {
    await start()
    writeFileSync(CONFLIST(), '{}')
    wish = 'take-away'
    await installer.nudge()
    expect([types(), readFileSync(CONFLIST(), 'utf8')]).toEqual([['CniConfigurationKept'], '{}'])
  })

  it('stays when the agent stops, and goes with damask cni uninstall', async () => {
    await start()
    await installer.close()
    expect(plugins()).toEqual(['damask'])
    const { removed, kept } = await (await openInstalledFiles(path('cni-installed.json'))).removeAll()
    expect([removed, kept]).toEqual([[CONFLIST(), PROGRAM()], []])
  })
})
