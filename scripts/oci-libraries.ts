// The shared libraries that programs of the image load, from this machine's Debian, and the packages that brought them.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Architecture } from './program-build.ts'
import { file, type TreeEntry, text } from './program-tree.ts'

/** Loaded by name when nftables is first spoken to: no program names it among what it needs. */
const LOADED_LATER = ['libnftables.so.1']

const MULTIARCH = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' } as const
/** Where programs look for the loader, which finds all other libraries; the ABI says so. */
const LOADER = { amd64: 'lib64/ld-linux-x86-64.so.2', arm64: 'lib/ld-linux-aarch64.so.1' } as const

export type SharedLibrary = {
  /** As programs call it. */
  readonly name: string
  /** On this machine, without links. */
  readonly from: string
}

/** All that the programs need, and what that needs. */
export function sharedLibraries(programs: readonly string[], { debian }: Architecture): readonly SharedLibrary[] {
  const found = new Map<string, string>()
  const names = [...LOADED_LATER, ...programs.flatMap(neededNames)]
  for (const name of names) {
    if (found.has(name)) continue
    const from = findLibrary(name, debian)
    found.set(name, from)
    names.push(...neededNames(from))
  }
  return [...found].map(([name, from]) => ({ name, from })).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

export const libraryTree = (libraries: readonly SharedLibrary[], { debian }: Architecture): readonly TreeEntry[] =>
  libraries.map(({ name, from }) =>
    file(name === basename(LOADER[debian]) ? LOADER[debian] : `usr/lib/${MULTIARCH[debian]}/${name}`, from, 0o755),
  )

/** The Debian packages that the libraries are of, by name. */
export function debianPackages(libraries: readonly SharedLibrary[]): readonly string[] {
  const packages = libraries.map(({ from }) => {
    // dpkg knows a file by the name in its package: before or after /lib became a link to /usr/lib.
    const asked = [from, from.replace(/^\/usr/, ''), `/usr${from}`]
    const { stdout } = spawnSync('dpkg-query', ['--search', ...asked], { encoding: 'utf8' })
    const [, name] = /^([^:,\s]+)/.exec(stdout) ?? []
    if (name === undefined) throw new Error(`no Debian package has ${from}; the image takes libraries of packages only`)
    return name
  })
  return [...new Set(packages)].sort()
}

/** Their licences; and what scanners of images look for, in the files that Debian's "distroless" images brought up. */
export function debianTree(packages: readonly string[], { debian }: Architecture): readonly TreeEntry[] {
  return [
    file('etc/os-release', '/usr/lib/os-release'),
    ...packages.flatMap((name) => [
      file(`usr/share/doc/${name}/copyright`, realpathSync(`/usr/share/doc/${name}/copyright`)),
      text(
        `var/lib/dpkg/status.d/${name}`,
        execFileSync('dpkg-query', ['--status', `${name}:${debian}`], { encoding: 'utf8' }),
      ),
    ]),
  ]
}

function findLibrary(name: string, debian: Architecture['debian']): string {
  const folders = ['/lib', '/usr/lib'].map((folder) => join(folder, MULTIARCH[debian]))
  const path = folders.map((folder) => join(folder, name)).find((one) => existsSync(one))
  if (path === undefined)
    throw new Error(`there is no ${name} in ${folders.join(' or ')}; run \`make setup\`, which installs its package`)
  return realpathSync(path)
}

/** A program without libraries has none. */
export const neededNames = (path: string): string[] =>
  execFileSync('readelf', ['--dynamic', '--wide', path], { encoding: 'utf8' }).match(/(?<=\(NEEDED\).*\[).*(?=\])/g) ??
  []
