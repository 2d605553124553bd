// The script that people call: from any folder, through links, built when it must be.
import { execFile, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
/** Stands in for the real build: takes a moment, counts itself, and makes a program that says what it was given. */
const BUILD = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
await new Promise((resolve) => setTimeout(resolve, 200))
appendFileSync(import.meta.dirname + '/../builds', 'x')
mkdirSync(import.meta.dirname + '/../dist', { recursive: true })
console.log('this is for people')
writeFileSync(import.meta.dirname + '/../dist/damask.js', 'console.log(JSON.stringify([process.execArgv, process.argv.slice(2)]))')
`

let clone: string
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'damask bin '))
  mkdirSync(join(clone, 'bin'))
  mkdirSync(join(clone, 'src'))
  mkdirSync(join(clone, 'scripts'))
  mkdirSync(join(clone, 'node_modules', '.bin'), { recursive: true })
  cpSync(join(ROOT, 'bin/damask'), join(clone, 'bin/damask'))
  symlinkSync(process.execPath, join(clone, 'node_modules/.bin/node'))
  writeFileSync(join(clone, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(clone, 'scripts/build.ts'), BUILD)
  writeFileSync(join(clone, 'src/main.ts'), '')
})
afterEach(() => rmSync(clone, { recursive: true, force: true }))

const run = (script: string, ...words: readonly string[]) => spawnSync(script, words, { encoding: 'utf8', cwd: '/' })
const builds = () => readFileSync(join(clone, 'builds'), 'utf8').length
const script = () => join(clone, 'bin/damask')

describe('bin/damask', () => {
  it('runs through a link from any folder, in a clone whose path has blanks, and hands every word on', () => {
    const link = join(clone, 'a link')
    symlinkSync(script(), link)
    const { stdout, status } = run(link, 'plan', 'two words', '*', '')
    expect(JSON.parse(stdout)).toEqual([[], ['plan', 'two words', '*', '']])
    expect(status).toBe(0)
  })

  it('builds once, says so on standard error alone, and again when a source is newer', () => {
    const first = run(script())
    expect(first.stderr).toBe('this is for people\n')
    expect(first.stdout).toBe('[[],[]]\n')
    run(script())
    expect(builds()).toBe(1)
    const later = new Date(Date.now() + 10_000)
    utimesSync(join(clone, 'src/main.ts'), later, later)
    run(script())
    expect(builds()).toBe(2)
  })

  it('does not build for a test that changed', () => {
    run(script())
    writeFileSync(join(clone, 'src/main.test.ts'), '')
    const later = new Date(Date.now() + 10_000)
    utimesSync(join(clone, 'src/main.test.ts'), later, later)
    run(script())
    expect(builds()).toBe(1)
  })

  it('builds once for many that are called at the same moment', async () => {
    const calls = Array.from({ length: 5 }, () => promisify(execFile)(script(), ['x']))
    for (const { stdout } of await Promise.all(calls)) expect(stdout).toBe('[[],["x"]]\n')
    expect(builds()).toBe(1)
  })

  it('gives an agent a small young generation', () => {
    expect(JSON.parse(run(script(), 'agent').stdout)[0]).toEqual(['--max-semi-space-size=1', '--expose-gc'])
  })

  it('says what to do where nothing is installed', () => {
    rmSync(join(clone, 'node_modules'), { recursive: true })
    const { stderr, status } = run(script())
    expect(stderr).toMatch(/has no node_modules yet; run `make setup` there/)
    expect(status).toBe(1)
  })

  it('fails where the build fails', () => {
    writeFileSync(join(clone, 'scripts/build.ts'), 'throw new Error("no")')
    expect(run(script()).status).not.toBe(0)
  })
})
