// What stands where below /usr/lib/damask, in the Debian package as in the image; and how a tree of files is written.
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Architecture } from './program-build.ts'

export type TreeEntry = {
  /** Without a slash in front. */
  readonly path: string
  readonly mode: 0o644 | 0o755 | 0o1777
  readonly content:
    | { readonly kind: 'file'; readonly from: string }
    | { readonly kind: 'packed'; readonly from: string }
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'link'; readonly to: string }
    | { readonly kind: 'folder' }
}

export type ProgramTreeInput = {
  /** Of the clone. */
  readonly root: string
  /** Holds dist/, damask-cni and node, as `buildProgram` made them. */
  readonly built: string
  readonly architecture: Architecture
  /** The files that went into the bundle. */
  readonly bundled: readonly string[]
}

export const LIB = 'usr/lib/damask'
export const DOC = 'usr/share/doc/damask'

/** The bundle with what it loads, Node apart; and the licences of all, Node's too. */
export function programTree({ root, built, architecture, bundled }: ProgramTreeInput): readonly TreeEntry[] {
  const modules = join(root, 'node_modules')
  const manifest: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return [
    text(`${LIB}/package.json`, packageJson(manifest.version)),
    ...filesIn(join(built, 'dist')).map((name) => file(`${LIB}/dist/${name}`, join(built, 'dist', name))),
    ...koffiFiles(modules, architecture),
    ...licences(modules, [...modulesOf(bundled), 'koffi', `node-linux-${architecture.node}`]),
  ]
}

/** koffi's own library, inside node_modules. */
export const koffiLibrary = ({ node }: Architecture): string => `@koromix/koffi-linux-${node}/linux_${node}/koffi.node`

/** Copies everything to its place under the folder, whatever the umask. */
export function writeTree(folder: string, entries: readonly TreeEntry[]): void {
  mkdirSync(folder, { recursive: true })
  for (const above of new Set(entries.flatMap(({ path }) => foldersAbove(path)))) {
    mkdirSync(join(folder, above), { recursive: true })
    chmodSync(join(folder, above), 0o755)
  }
  for (const { path, mode, content } of entries) {
    const to = join(folder, path)
    if (content.kind === 'link') symlinkSync(content.to, to)
    else {
      if (content.kind === 'folder') mkdirSync(to, { recursive: true })
      else if (content.kind === 'file') cpSync(content.from, to)
      // Node's gzip writes no name and no time.
      else if (content.kind === 'packed') writeFileSync(to, gzipSync(readFileSync(content.from), { level: 9 }))
      else writeFileSync(to, content.text)
      chmodSync(to, mode)
    }
  }
}

export const file = (path: string, from: string, mode: 0o644 | 0o755 = 0o644): TreeEntry => ({
  path,
  mode,
  content: { kind: 'file', from },
})
export const text = (path: string, words: string, mode: 0o644 | 0o755 = 0o644): TreeEntry => ({
  path,
  mode,
  content: { kind: 'text', text: words },
})
export const link = (path: string, to: string): TreeEntry => ({ path, mode: 0o644, content: { kind: 'link', to } })
export const folder = (path: string, mode: 0o755 | 0o1777 = 0o755): TreeEntry => ({
  path,
  mode,
  content: { kind: 'folder' },
})

/** `a/b/c` to `''`, `a` and `a/b`. */
const foldersAbove = (path: string): string[] =>
  path.split('/').map((_, depth, steps) => steps.slice(0, depth).join('/'))

/** What `damask --version` reads, and by which Node takes the bundle for ES modules. */
const packageJson = (version: string): string =>
  `${JSON.stringify({ name: 'damask', version, private: true, type: 'module' }, undefined, 2)}\n`

/** What is loaded of it: its JavaScript, and the library for this architecture and glibc. */
function koffiFiles(modules: string, architecture: Architecture): TreeEntry[] {
  const names = filesIn(join(modules, 'koffi')).filter((name) =>
    /^(package\.json|(src\/koffi\/.*|[^/]+)\.c?js)$/.test(name),
  )
  const native = `@koromix/koffi-linux-${architecture.node}`
  return [
    ...names.filter((name) => name !== 'cnoke.cjs').map((name) => `koffi/${name}`),
    ...['package.json', 'index.js'].map((name) => `${native}/${name}`),
    koffiLibrary(architecture),
  ].map((name) => file(`${LIB}/node_modules/${name}`, join(modules, name)))
}

/** `…/node_modules/@scope/name/…` to `@scope/name`. */
const modulesOf = (paths: readonly string[]): string[] => [
  ...new Set(paths.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [])),
]

/** `copyright` says what is in the package and under which licence; the texts stand beside it. */
function licences(modules: string, names: readonly string[]): TreeEntry[] {
  const lines: string[] = []
  const texts: TreeEntry[] = []
  for (const name of names.toSorted()) {
    const { version, license }: { version: string; license?: string } = JSON.parse(
      readFileSync(join(modules, name, 'package.json'), 'utf8'),
    )
    const found = readdirSync(join(modules, name)).find((one) => /^licen[cs]e/i.test(one))
    const path = `${DOC}/licenses/${name.replace('/', '-')}`
    if (found !== undefined) texts.push(file(path, join(modules, name, found)))
    lines.push(`${name} ${version}: ${license ?? 'see its text'}${found === undefined ? '' : `, /${path}`}`)
  }
  return [text(`${DOC}/copyright`, `${COPYRIGHT}\n${lines.join('\n')}\n`), ...texts]
}

const COPYRIGHT = `Damask is under the Apache License, version 2.0: /usr/share/common-licenses/Apache-2.0.

With it come, each under its own licence:`

/** Paths inside the folder, at any depth. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
