// packaging/Containerfile cannot be built without a registry: it is held against what `make image` does.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { imageConfig } from '../../scripts/oci-image.ts'
import { debianPackages, sharedLibraries } from '../../scripts/oci-libraries.ts'
import { architectureOf } from '../../scripts/program-build.ts'
import { koffiLibrary } from '../../scripts/program-tree.ts'

const ROOT = join(import.meta.dirname, '../..')
const architecture = architectureOf(process.arch)
/** Lines that go on are one. */
const lines = readFileSync(join(ROOT, 'packaging/Containerfile'), 'utf8').replaceAll('\\\n', ' ').split('\n')
const wordsAfter = (start: string): string[][] =>
  lines.filter((line) => line.startsWith(`${start} `)).map((line) => line.slice(start.length).trim().split(/\s+/))
/** Of the clone, without what other stages made. */
const copied = wordsAfter('COPY').flatMap((words) => (words[0]?.startsWith('--from') ? [] : words.slice(0, -1)))

describe('packaging/Containerfile', () => {
  test('installs the packages whose libraries the image takes, what builds, and nothing else', () => {
    const modules = join(ROOT, 'node_modules')
    const programs = [`node-linux-${architecture.node}/bin/node`, koffiLibrary(architecture)]
    const libraries = sharedLibraries(
      programs.map((path) => join(modules, path)),
      architecture,
    )
    const [command = ''] = lines.filter((line) => line.includes('apt-get install'))
    const installed = command
      .replace(/.*--no-install-recommends/, '')
      .split(/\s+/)
      .filter(Boolean)
    const builders = ['binutils', 'gcc', 'libc6-dev']
    expect(installed.toSorted()).toEqual([...builders, ...debianPackages(libraries)].toSorted())
  })

  test('starts as the image of `make image` does', () => {
    const { config } = imageConfig({ version: '1.2.3', architecture, epochSeconds: 0 }, [])
    expect(wordsAfter('ENV').flat()).toEqual(config.Env)
    expect(JSON.parse(wordsAfter('ENTRYPOINT').flat().join(' '))).toEqual(config.Entrypoint)
    expect(JSON.parse(wordsAfter('CMD').flat().join(' '))).toEqual(config.Cmd)
  })

  test('is of the same Debian everywhere', () => {
    const bases = wordsAfter('FROM').map(([base]) => base)
    expect(bases).toEqual([
      expect.stringMatching(/^docker\.io\/library\/golang:[\d.]+-bookworm$/),
      expect.stringMatching(/^docker\.io\/library\/node:24-bookworm-slim$/),
      'scratch',
    ])
  })

  test('copies all that a build reads, and its command makes the tree of the image from that', () => {
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    const folder = mkdtempSync(join(tmpdir(), 'damask-containerfile-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const clone = join(folder, 'src')
    for (const path of copied) cpSync(join(ROOT, path), join(clone, path), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'))
    mkdirSync(join(clone, 'dist'))
    cpSync('/bin/true', join(clone, 'dist/wireguard-go'))
    const [command = []] = wordsAfter('RUN').filter((words) => words.join(' ').includes('build-image.ts'))
    const [program = '', ...rest] = command.map((word) => (word === '/image' ? join(folder, 'image') : word))
    execFileSync(program, rest, { cwd: clone, stdio: 'pipe', env: { PATH: process.env.PATH } })
    const entrypoint = imageConfig({ version: '1.2.3', architecture, epochSeconds: 0 }, []).config.Entrypoint
    for (const path of entrypoint.filter((word) => word.startsWith('/')))
      expect(existsSync(join(folder, 'image', path)), path).toBe(true)
  })
})
