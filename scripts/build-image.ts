// `make image`: the program as an OCI image without a base, dist/damask-image_VERSION_ARCHITECTURE.tar, or as a folder of its files.
// The same sources on the same Debian give the same digest: files are of 1970, the image of SOURCE_DATE_EPOCH or the newest commit.
//   scripts/build-image.ts [--out FOLDER | --tree FOLDER] [--wireguard-go FILE]
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { packLayer, writeArchive } from './oci-archive.ts'
import { imageName } from './oci-image.ts'
import { imageTree } from './oci-tree.ts'
import { architectureOf, buildProgram, epochSeconds } from './program-build.ts'
import { writeTree } from './program-tree.ts'

const root = join(import.meta.dirname, '..')
const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'dist') },
    tree: { type: 'string' },
    'wireguard-go': { type: 'string', default: join(root, 'dist/wireguard-go') },
  },
})
const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const architecture = architectureOf(process.arch)
const wireguardGo = resolve(options['wireguard-go'])
if (!existsSync(wireguardGo)) {
  console.error(`build-image: there is no ${wireguardGo}, which the image brings; \`make wireguard-go\` builds it`)
  process.exit(1)
}

const folder = mkdtempSync(join(tmpdir(), 'damask-image-'))
try {
  const built = join(folder, 'built')
  const bundled = await buildProgram(root, built, architecture)
  const trees = imageTree({ root, built, architecture, bundled, wireguardGo })
  if (options.tree !== undefined) {
    for (const { entries } of trees) writeTree(options.tree, entries)
    console.error(`wrote ${options.tree}`)
  } else {
    const file = join(resolve(options.out), `damask-image_${version}_${architecture.debian}.tar`)
    const layers = trees.map((tree) => packLayer(tree, folder))
    const digest = writeArchive(file, { version, architecture, epochSeconds: epochSeconds(root) }, layers)
    console.error(`built ${file}, ${(statSync(file).size / 1e6).toFixed(1)} MB: ${imageName(version)}@${digest}`)
  }
} finally {
  rmSync(folder, { recursive: true })
}
