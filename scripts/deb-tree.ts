// What stands where in the Debian package.
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

export type Architecture = { readonly node: 'x64' | 'arm64'; readonly debian: 'amd64' | 'arm64' }

export type TreeEntry = {
  /** Without a slash in front. */
  readonly path: string
  readonly mode: 0o644 | 0o755
  readonly content:
    | { readonly kind: 'file'; readonly from: string }
    | { readonly kind: 'packed'; readonly from: string }
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'link'; readonly to: string }
    | { readonly kind: 'folder' }
}

export type DebTreeInput = {
  /** Of the clone. */
  readonly root: string
  /** Holds dist/, damask-cni and node, as built for this package. */
  readonly built: string
  readonly architecture: Architecture
  /** The files that went into the bundle. */
  readonly bundled: readonly string[]
}

const LIB = 'usr/lib/damask'
const DOC = 'usr/share/doc/damask'
const UNITS = ['damask.service', 'damask-pull.service', 'damask-pull.timer']

export function debTree({ root, built, architecture, bundled }: DebTreeInput): readonly TreeEntry[] {
  const packaging = join(root, 'packaging')
  const modules = join(root, 'node_modules')
  const manifest: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const node = `node-linux-${architecture.node}`
  const entries: TreeEntry[] = [
    file('usr/bin/damask', join(packaging, 'damask'), 0o755),
    file(`${LIB}/node`, join(built, 'node'), 0o755),
    { path: `${LIB}/package.json`, mode: 0o644, content: { kind: 'text', text: packageJson(manifest.version) } },
    ...filesIn(join(built, 'dist')).map((name) => file(`${LIB}/dist/${name}`, join(built, 'dist', name))),
    // `damask lab` looks for both here.
    link(`${LIB}/dist/damask-cni`, '../../cni/damask'),
    link(`${LIB}/bin/damask`, '../../../bin/damask'),
    ...koffiFiles(modules, architecture),
    file('usr/lib/cni/damask', join(built, 'damask-cni'), 0o755),
    ...UNITS.map((unit) => file(`usr/lib/systemd/system/${unit}`, join(packaging, unit))),
    { path: 'etc/damask', mode: 0o755, content: { kind: 'folder' } },
    file('etc/default/damask', join(packaging, 'default')),
    file('etc/systemd/networkd.conf.d/damask.conf', join(packaging, 'networkd.conf')),
    file('etc/NetworkManager/conf.d/damask.conf', join(packaging, 'networkmanager.conf')),
    packed('usr/share/man/man8/damask.8.gz', join(packaging, 'damask.8')),
    packed(`${DOC}/changelog.gz`, join(root, 'CHANGELOG.md')),
    ...['plain-machines.md', 'on-a-host.md', 'wireguard.md'].map((name) =>
      file(`${DOC}/${name}`, join(root, 'docs', name)),
    ),
    file(`${DOC}/examples/four-clouds.yaml`, join(root, 'examples/four-clouds.yaml')),
    ...licences(modules, [...modulesOf(bundled), 'koffi', node]),
  ]
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** Copies everything to its place under the folder. */
export function writeTree(folder: string, entries: readonly TreeEntry[]): void {
  for (const { path, mode, content } of entries) {
    const to = join(folder, path)
    mkdirSync(dirname(to), { recursive: true })
    if (content.kind === 'link') symlinkSync(content.to, to)
    else {
      if (content.kind === 'folder') mkdirSync(to)
      else if (content.kind === 'file') cpSync(content.from, to)
      // Node's gzip writes no name and no time.
      else if (content.kind === 'packed') writeFileSync(to, gzipSync(readFileSync(content.from), { level: 9 }))
      else writeFileSync(to, content.text)
      chmodSync(to, mode)
    }
  }
}

const file = (path: string, from: string, mode: 0o644 | 0o755 = 0o644): TreeEntry => ({
  path,
  mode,
  content: { kind: 'file', from },
})
const packed = (path: string, from: string): TreeEntry => ({ path, mode: 0o644, content: { kind: 'packed', from } })
const link = (path: string, to: string): TreeEntry => ({ path, mode: 0o644, content: { kind: 'link', to } })

/** What `damask --version` reads, and by which Node takes the bundle for ES modules. */
const packageJson = (version: string): string =>
  `${JSON.stringify({ name: 'damask', version, private: true, type: 'module' }, undefined, 2)}\n`

/** What is loaded of it: its JavaScript, and the library for this architecture and glibc. */
function koffiFiles(modules: string, { node }: Architecture): TreeEntry[] {
  const names = filesIn(join(modules, 'koffi')).filter((name) =>
    /^(package\.json|(src\/koffi\/.*|[^/]+)\.c?js)$/.test(name),
  )
  const native = `@koromix/koffi-linux-${node}`
  return [
    ...names.filter((name) => name !== 'cnoke.cjs').map((name) => `koffi/${name}`),
    ...['package.json', 'index.js', `linux_${node}/koffi.node`].map((name) => `${native}/${name}`),
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
    const text = readdirSync(join(modules, name)).find((one) => /^licen[cs]e/i.test(one))
    const path = `${DOC}/licenses/${name.replace('/', '-')}`
    if (text !== undefined) texts.push(file(path, join(modules, name, text)))
    lines.push(`${name} ${version}: ${license ?? 'see its text'}${text === undefined ? '' : `, /${path}`}`)
  }
  const text = `${COPYRIGHT}\n${lines.join('\n')}\n`
  return [{ path: `${DOC}/copyright`, mode: 0o644, content: { kind: 'text', text } }, ...texts]
}

const COPYRIGHT = `Damask is under the Apache License, version 2.0: /usr/share/common-licenses/Apache-2.0.

With it come, each under its own licence:`

/** Paths inside the folder, at any depth. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
