// `make deb`: the program as a Debian package, dist/damask_VERSION_ARCHITECTURE.deb, with the Node that it runs on.
// The same sources give the same bytes: times are those of SOURCE_DATE_EPOCH, or of the newest commit.
//   scripts/build-deb.ts [--out FOLDER] [--compression xz|gzip|none]
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { debTree } from './deb-tree.ts'
import { architectureOf, buildProgram, epochSeconds } from './program-build.ts'
import { type TreeEntry, writeTree } from './program-tree.ts'

/** What dpkg reads of a package, with its mode. */
const CONTROL_FILES = [
  ['control', 0o644],
  ['conffiles', 0o644],
  ['md5sums', 0o644],
  ['postinst', 0o755],
  ['prerm', 0o755],
  ['postrm', 0o755],
] as const

const root = join(import.meta.dirname, '..')
const { values: options } = parseArgs({
  options: { out: { type: 'string', default: join(root, 'dist') }, compression: { type: 'string', default: 'xz' } },
})
const architecture = architectureOf(process.arch)
const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const epoch = epochSeconds(root)

const folder = mkdtempSync(join(tmpdir(), 'damask-deb-'))
try {
  const built = join(folder, 'built')
  const bundled = await buildProgram(root, built, architecture)
  const staged = join(folder, 'package')
  const entries = debTree({ root, built, architecture, bundled })
  writeTree(staged, entries)
  writeControl(staged, entries)
  const file = join(resolve(options.out), `damask_${version}_${architecture.debian}.deb`)
  mkdirSync(options.out, { recursive: true })
  // dpkg-deb takes no time for newer than SOURCE_DATE_EPOCH, and all of these are.
  execFileSync('dpkg-deb', ['--root-owner-group', ...compression(options.compression), '--build', staged, file], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  console.error(`built ${file}, ${(statSync(file).size / 1e6).toFixed(1)} MB`)
} finally {
  rmSync(folder, { recursive: true })
}

/** xz at its fourth level: a tenth larger than at its best, in a third of the time. */
function compression(kind: string): string[] {
  return kind === 'xz' ? ['-Zxz', '-z4'] : [`-Z${kind}`]
}

function writeControl(staged: string, entries: readonly TreeEntry[]): void {
  const files = entries.filter(({ content }) => content.kind !== 'link' && content.kind !== 'folder')
  const kibibytes = files.reduce((sum, { path }) => sum + Math.ceil(statSync(join(staged, path)).size / 1024), 0)
  const sums = files.map(({ path }) => `${md5(join(staged, path))}  ${path}\n`)
  mkdirSync(join(staged, 'DEBIAN'))
  chmodSync(join(staged, 'DEBIAN'), 0o755) // whatever the umask
  for (const [name, mode] of CONTROL_FILES) {
    const text = name === 'md5sums' ? sums.join('') : readFileSync(join(root, 'packaging/debian', name), 'utf8')
    const filled = text
      .replace('@VERSION@', version)
      .replace('@ARCHITECTURE@', architecture.debian)
      .replace('@INSTALLED_SIZE@', String(kibibytes))
    writeFileSync(join(staged, 'DEBIAN', name), filled)
    chmodSync(join(staged, 'DEBIAN', name), mode)
  }
}

function md5(path: string): string {
  return createHash('md5').update(readFileSync(path)).digest('hex')
}
