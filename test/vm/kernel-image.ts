// Kernels to boot: Debian's packages, taken apart in a cache of the user's. Nothing of them is installed.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export type KernelImage = {
  /** `6.1.0-56-cloud-amd64`: what `uname -r` says there. */
  readonly release: string
  readonly image: string
  /** A folder as /lib/modules is: with one of the release's name. */
  readonly modules: string
}

/** Meta packages of Debian 12: each depends on the newest kernel of its line. */
export const KERNEL_LINES = { oldest: 'linux-image-cloud-amd64', newer: 'linux-image-6.12-cloud-amd64' } as const

export type KernelLine = keyof typeof KERNEL_LINES

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'damask', 'kernels')

/** Fetches it where it is not there yet: some 25 MB. */
export function fetchKernel(line: KernelLine): KernelImage {
  try {
    return tryFetch(line)
  } catch {
    // The list of packages is missing, or so old that what it names is not offered any more.
    execFileSync('apt-get', ['update', '-qq'])
    return tryFetch(line)
  }
}

function tryFetch(line: KernelLine): KernelImage {
  const name = newestOf(KERNEL_LINES[line])
  const folder = join(CACHE, name)
  if (!existsSync(folder)) unpackKernel(name, folder)
  const modules = join(folder, 'lib/modules')
  const [release] = readdirSync(modules)
  if (release === undefined) throw new Error(`${modules} is empty; remove ${folder}, and it is fetched again`)
  return { release, image: join(folder, 'boot', `vmlinuz-${release}`), modules }
}

function newestOf(metaPackage: string): string {
  const text = execFileSync('apt-cache', ['depends', '--important', metaPackage], { encoding: 'utf8' })
  const name = /Depends: (linux-image-\S+)/.exec(text)?.[1]
  if (name === undefined) throw new Error(`apt knows no ${metaPackage}: it is in Debian 12, main`)
  return name
}

function unpackKernel(name: string, folder: string): void {
  mkdirSync(CACHE, { recursive: true })
  // Beside it, and renamed when it is whole: somebody else may be at it too, or this may be killed.
  const fresh = mkdtempSync(join(CACHE, 'fetching-'))
  try {
    // As another user apt could not write to the folder, and says so; it then goes on as root.
    execFileSync('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', name], { cwd: fresh })
    const [archive = ''] = readdirSync(fresh).filter((file) => file.endsWith('.deb'))
    const tree = join(fresh, 'tree')
    execFileSync('dpkg-deb', ['-x', join(fresh, archive), tree])
    // `depmod -b` looks for lib/modules; where Debian puts it below usr, this leads there.
    if (!existsSync(join(tree, 'lib'))) symlinkSync('usr/lib', join(tree, 'lib'))
    const [release = ''] = readdirSync(join(tree, 'lib/modules'))
    execFileSync('depmod', ['-b', tree, release])
    if (!existsSync(folder)) renameSync(tree, folder)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}
