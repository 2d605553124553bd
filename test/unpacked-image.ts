// The image as a runtime sees it: unpacked, and programs in it under a root that nobody can write to.
import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Descriptor = {
  readonly digest: string
  readonly size: number
  readonly annotations?: Record<string, string>
}

export type UnpackedImage = {
  readonly root: string
  readonly descriptor: Descriptor
  readonly layers: readonly Descriptor[]
  readonly config: {
    readonly architecture: string
    readonly created: string
    readonly config: { readonly Entrypoint: readonly string[]; readonly Env: readonly string[] }
    readonly rootfs: { readonly diff_ids: readonly string[] }
  }
}

/** Throws where a blob is not what its digest says. */
export function unpackImage(archive: string, folder: string): UnpackedImage {
  const root = join(folder, 'root')
  mkdirSync(root, { recursive: true })
  execFileSync('tar', ['-xf', archive, '-C', folder])
  const read = ({ digest, size }: Descriptor): Buffer => {
    const bytes = readFileSync(blobPath(folder, digest))
    if (bytes.length !== size || sha256(bytes) !== digest) throw new Error(`the blob ${digest} is not what it says`)
    return bytes
  }
  const [descriptor] = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')).manifests
  const manifest = JSON.parse(read(descriptor).toString())
  const config = JSON.parse(read(manifest.config).toString())
  for (const [order, layer] of manifest.layers.entries()) {
    read(layer)
    const tar = execFileSync('gzip', ['-dc', blobPath(folder, layer.digest)], { maxBuffer: 1 << 30 })
    if (sha256(tar) !== config.rootfs.diff_ids[order]) throw new Error(`the layer ${layer.digest} has another diff_id`)
    execFileSync('tar', ['-xp', '--numeric-owner', '-C', root], { input: tar })
  }
  return { root, descriptor, layers: manifest.layers, config }
}

/** Inside: /proc, /dev, a /tmp, and of the folders each at its place; for the rest there is nothing to write to. */
export function insideImage(
  root: string,
  mounts: Readonly<Record<string, string>>,
  command: readonly string[],
): string[] {
  const binds = Object.entries(mounts).map(([place, from]) => {
    mkdirSync(join(root, place), { recursive: true }) // as runtimes do before they take the right to write away
    return `mount --bind '${from}' '${root}${place}'`
  })
  const script = [
    `mount --bind '${root}' '${root}'`,
    `mount -t proc proc '${root}/proc'`,
    `mount --rbind /dev '${root}/dev'`,
    `mount -t tmpfs tmpfs '${root}/tmp'`,
    ...binds,
    `mount -o remount,bind,ro '${root}'`,
    `exec chroot '${root}' "$@"`,
  ].join(' && ')
  const ownSpaces = ['unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child']
  return [...ownSpaces, 'env', '-i', 'sh', '-c', script, 'sh', ...command]
}

/** Runs to its end. */
export function runInside(
  root: string,
  command: readonly string[],
  mounts: Readonly<Record<string, string>> = {},
): SpawnSyncReturns<string> {
  const [program = '', ...words] = insideImage(root, mounts, command)
  return spawnSync(program, words, { encoding: 'utf8', cwd: '/' })
}

const blobPath = (folder: string, digest: string): string => join(folder, 'blobs', digest.replace(':', '/'))

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
