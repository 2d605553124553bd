import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatIssue } from './issue.ts'
import { readWorld } from './store-reader.ts'
import { issuesOfText, NETWORK, WORLD } from './world.fixture.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-store-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const put = (name: string, text: string | Uint8Array): string => {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}
const issuesOf = async (...paths: string[]): Promise<string[]> =>
  (await readWorld(paths)).issues.map((issue) => formatIssue(issue).replaceAll(folder, 'DIR'))

describe('files and folders', () => {
  test('a folder is read at any depth, without what is hidden or an editor left behind', async () => {
    put('network.yaml', NETWORK)
    for (const name of [
      '.hidden.yaml',
      '.git/x.yaml',
      '#x.yaml#',
      '#x.yaml',
      '~x.yaml',
      'x.yaml~',
      'x.yaml.swp',
      'notes.txt',
    ]) {
      put(name, 'not: [ours')
    }
    put('nodes/deep/er/a.yml', NODE)
    const { world, issues } = await readWorld([folder])
    expect(issues).toEqual([])
    expect([...(world?.nodes.keys() ?? [])]).toEqual(['a'])
  })

  test('a file named twice, or also by its folder, is read once', async () => {
    const path = put('w.yaml', WORLD)
    symlinkSync(path, join(folder, 'same.yaml'))
    expect((await readWorld([path, folder, path])).world?.nodes.size).toBe(3)
  })

  test('folders that are linked in a circle are read once', async () => {
    put('w.yaml', WORLD)
    symlinkSync(folder, join(folder, 'again'))
    expect((await readWorld([folder])).world?.nodes.size).toBe(3)
  })

  test('two documents of one name in two files are one issue that names both places', async () => {
    put('1.yaml', WORLD)
    put('2.yaml', NODE.replace('name: a', 'name: aws-1'))
    expect(await issuesOf(folder)).toEqual([
      'DIR/2.yaml:3:19: there is a second Node named "aws-1"; the other is at DIR/1.yaml:20:19',
    ])
  })

  test('what cannot be found or read is one issue for each', async () => {
    put('empty/notes.txt', '')
    symlinkSync('loop.yaml', join(folder, 'loop.yaml'))
    put('file', '')
    // Exists, and gives EIO to root too.
    symlinkSync('/proc/self/mem', join(folder, 'unreadable.yaml'))
    const paths = ['none.yaml', 'empty', 'loop.yaml', 'file/x.yaml', 'unreadable.yaml']
    expect(await issuesOf(...paths.map((name) => join(folder, name)))).toEqual([
      'DIR/none.yaml:1:1: there is no such file or folder',
      'DIR/empty:1:1: the folder holds no .yaml or .yml file',
      'DIR/loop.yaml:1:1: is a link that leads to itself',
      'DIR/file/x.yaml:1:1: there is no such file or folder: a part of the path is a file',
      'DIR/unreadable.yaml:1:1: cannot be read: EIO: i/o error, read',
    ])
  })

  test('a device is not read', async () => {
    expect(await issuesOf('/dev/zero')).toEqual(['/dev/zero:1:1: this is neither a file nor a folder'])
  })

  test('errors of all files come at once, in the order of the files', async () => {
    put('a.yaml', WORLD.replace('encryption: required', 'encryption: requird'))
    put('b.yaml', '')
    put('c.yaml', 'a: [')
    expect((await issuesOf(folder)).map((line) => line.split(' ')[0])).toEqual([
      'DIR/a.yaml:9:15:',
      'DIR/b.yaml:1:1:',
      'DIR/c.yaml:1:5:',
    ])
  })
})

describe('a file that is no YAML of ours', () => {
  const NOTHING = 'w.yaml:1:1: the file holds no document; expected apiVersion, kind, metadata and spec'
  const LATIN1 = Buffer.from('a: 1\nb: hä\u00ffx', 'latin1')
  test.each([
    ['empty', '', NOTHING],
    ['only comments', '# nothing yet\n\n', NOTHING],
    [
      'binary',
      Uint8Array.of(0x7f, 0x45, 0x0a, 0x02, 0),
      'w.yaml:2:2: a NUL byte: this is a binary file, not YAML in UTF-8',
    ],
    ['Latin-1', LATIN1, 'w.yaml:2:5: a byte that is not UTF-8: save the file as YAML in UTF-8'],
    ['nested by the thousand', '['.repeat(50_000), expect.stringMatching(/^w.yaml:1:\d+: this is nested too deeply$/)],
    ['an anchor bomb', bomb(), 'w.yaml:2:8: the aliases of this document unfold to too much; write the values out'],
  ])('is one issue: %s', async (_, text, issue) => {
    expect(await issuesOfText(text)).toEqual([issue])
  })

  test('a line of a megabyte is repeated only in part', async () => {
    const [issue, ...more] = await issuesOfText(WORLD.replace('site: gcp', `site: ${'x'.repeat(1_000_000)}`))
    expect(more).toEqual([])
    expect(issue?.length).toBeLessThan(300)
  })
})

/** Ten levels of ten aliases each: ten thousand million values. */
function bomb(): string {
  const levels = [...'abcdefghij']
  const item = (level: number): string => (level === 0 ? 'x' : `*${levels[level - 1]}`)
  return levels.map((name, level) => `${name}: &${name} [${Array(10).fill(item(level))}]\n`).join('')
}

const NODE = `apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: a }
spec: { site: a, privateAddresses: [10.0.0.1/24] }
`
