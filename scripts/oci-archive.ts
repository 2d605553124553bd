// An OCI image as one tar: https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
// The same files give the same bytes, whoever writes them and when.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type ImageDescription, type ImageLayer, imageConfig, imageName } from './oci-image.ts'
import type { LayerTree } from './oci-tree.ts'
import { file, type TreeEntry, text, writeTree } from './program-tree.ts'

const MEDIA_TYPE = 'application/vnd.oci.image'
/** The best level makes Node half a percent smaller, in thrice the time. */
const GZIP_LEVEL = 6

/** Writes the layer into the folder. */
export function packLayer({ comment, entries }: LayerTree, folder: string): ImageLayer {
  const staged = mkdtempSync(join(folder, 'layer-'))
  writeTree(join(staged, 'tree'), entries)
  packTree(join(staged, 'tree'), join(staged, 'layer.tar'))
  const tar = readFileSync(join(staged, 'layer.tar'))
  const packed = gzipSync(tar, { level: GZIP_LEVEL }) // writes no name and no time
  rmSync(staged, { recursive: true })
  const path = `${staged}.tar.gz`
  writeFileSync(path, packed)
  return { comment, file: path, bytes: packed.length, digest: sha256(packed), diffId: sha256(tar) }
}

/** Writes the archive, and returns the digest of the image in it. */
export function writeArchive(path: string, image: ImageDescription, layers: readonly ImageLayer[]): string {
  const name = imageName(image.version)
  const config = jsonBlob('config.v1', imageConfig(image, layers))
  const manifest = jsonBlob('manifest.v1', {
    schemaVersion: 2,
    mediaType: `${MEDIA_TYPE}.manifest.v1+json`,
    config: config.descriptor,
    layers: layers.map(({ digest, bytes }) => ({ mediaType: `${MEDIA_TYPE}.layer.v1.tar+gzip`, digest, size: bytes })),
  })
  const index = {
    schemaVersion: 2,
    mediaType: `${MEDIA_TYPE}.index.v1+json`,
    manifests: [
      {
        ...manifest.descriptor,
        // containerd takes the whole name from its own, others the tag from OCI's.
        annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': image.version },
        platform: { architecture: image.architecture.debian, os: 'linux' },
      },
    ],
  }
  // What `docker load` reads where it does not know OCI's layout yet: before 25.
  const forDocker = [
    { Config: config.entry.path, RepoTags: [name], Layers: layers.map(({ digest }) => blobPath(digest)) },
  ]
  const entries: TreeEntry[] = [
    text('oci-layout', JSON.stringify({ imageLayoutVersion: '1.0.0' })),
    text('index.json', JSON.stringify(index)),
    text('manifest.json', JSON.stringify(forDocker)),
    config.entry,
    manifest.entry,
    ...layers.map(({ digest, file: from }) => file(blobPath(digest), from)),
  ]
  mkdirSync(dirname(path), { recursive: true })
  // Beside and renamed: nobody reads half of it.
  const staged = mkdtempSync(`${path}.`)
  try {
    writeTree(join(staged, 'tree'), entries)
    packTree(join(staged, 'tree'), join(staged, 'image.tar'))
    renameSync(join(staged, 'image.tar'), path)
  } finally {
    rmSync(staged, { recursive: true })
  }
  return manifest.descriptor.digest
}

/** All of a folder, as root's and of 1970: a layer whose files did not change stays the same from version to version. */
function packTree(folder: string, to: string): void {
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=ustar']
  execFileSync('tar', [...same, '--create', '--file', to, '--directory', folder, ...readdirSync(folder).sort()], {
    env: { ...process.env, LC_ALL: 'C' },
  })
}

function jsonBlob(kind: 'config.v1' | 'manifest.v1', value: unknown) {
  const json = JSON.stringify(value)
  const digest = sha256(json)
  return {
    entry: text(blobPath(digest), json),
    descriptor: { mediaType: `${MEDIA_TYPE}.${kind}+json`, digest, size: Buffer.byteLength(json) },
  }
}

const blobPath = (digest: string): string => `blobs/${digest.replace(':', '/')}`

const sha256 = (bytes: Uint8Array | string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
