// OCI image archives of static programs, as `ctr images import` takes them: each image is one layer of a few files.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'

export type TestImage = {
  /** `localhost/web:1`: a tag that nobody would pull. */
  readonly name: string
  /** Path inside to file here. */
  readonly files: Readonly<Record<string, string>>
  readonly command: readonly string[]
}

type Entry = { readonly path: string; readonly data: Buffer; readonly mode: number }
type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number }

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

export function writeImageArchive(file: string, images: readonly TestImage[]): void {
  const blobs = new Map<string, Buffer>()
  const addBlob = (data: Buffer, kind: string): Descriptor => {
    const digest = createHash('sha256').update(data).digest('hex')
    blobs.set(digest, data)
    return { mediaType: `application/vnd.oci.image.${kind}`, digest: `sha256:${digest}`, size: data.length }
  }
  const manifests = images.map(({ name, files, command }) => {
    const entries = Object.entries(files).map(([path, source]) => ({
      path: path.replace(/^\/+/, ''),
      data: readFileSync(source),
      mode: 0o755,
    }))
    const layer = addBlob(tarOf(entries), 'layer.v1.tar')
    const config = addBlob(
      json({
        architecture: ARCHITECTURES[process.arch] ?? process.arch,
        os: 'linux',
        config: { Cmd: command, Env: ['PATH=/'] },
        rootfs: { type: 'layers', diff_ids: [layer.digest] },
      }),
      'config.v1+json',
    )
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    const manifest = addBlob(json({ schemaVersion: 2, mediaType, config, layers: [layer] }), 'manifest.v1+json')
    return { ...manifest, annotations: { 'io.containerd.image.name': name } } // containerd's own
  })
  const entries = [
    { path: 'oci-layout', data: json({ imageLayoutVersion: '1.0.0' }), mode: 0o644 },
    { path: 'index.json', data: json({ schemaVersion: 2, manifests }), mode: 0o644 },
    ...[...blobs].map(([digest, data]) => ({ path: `blobs/sha256/${digest}`, data, mode: 0o644 })),
  ]
  writeFileSync(file, tarOf(entries))
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

const BLOCK = 512

function tarOf(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap((entry) => [
    header(entry),
    entry.data,
    Buffer.alloc((BLOCK - (entry.data.length % BLOCK)) % BLOCK),
  ])
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)])
}

/** ustar (POSIX.1-1988): numbers in octal, and a sum of the header with eight blanks in the place of the sum. */
function header({ path, data, mode }: Entry): Buffer {
  if (path.length > 100) throw new Error(`${path} is too long for a name in a plain tar archive: 100 bytes`)
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, at: number, length: number): void => {
    block.write(value.toString(8).padStart(length - 1, '0'), at)
  }
  block.write(path, 0)
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(data.length, 124, 12)
  octal(0, 136, 12)
  block.write('        ', 148)
  block.write('0', 156)
  block.write('ustar\x0000', 257)
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  )
  return block
}
