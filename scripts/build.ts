// Bundles the program into dist/damask.js and chunks beside it. A command's chunks are read only when it is called, and
// rooms that several commands need are shared. koffi stays outside: it brings a native library that it looks for itself.
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build, type Metafile } from 'esbuild'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const chunks = join(dist, 'chunks')
/** An agent that runs from an older bundle may still load chunks of it. */
const KEEP_OLD_CHUNKS_MS = 24 * 3600 * 1000

/** Writes damask.js and chunks/ into the folder. */
export async function bundle(folder: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { damask: 'src/cli/main.ts' },
    outdir: folder,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.12',
    minify: true,
    legalComments: 'none',
    external: ['koffi'],
    metafile: true,
    logLevel: 'warning',
    // CommonJS packages (pino, prom-client) ask for Node's own modules by `require`, which an ES module does not have.
    banner: { js: "import{createRequire as $require}from'node:module';const require=$require(import.meta.url);" },
  })
  return metafile
}

if (import.meta.main) {
  const startedAt = new Date()
  mkdirSync(chunks, { recursive: true })
  const { outputs } = await bundle(dist)
  const made = new Set(Object.keys(outputs).map((path) => basename(path)))
  for (const name of readdirSync(chunks)) {
    const path = join(chunks, name)
    if (!made.has(name) && statSync(path).mtimeMs < Date.now() - KEEP_OLD_CHUNKS_MS) rmSync(path)
  }
  // As old as the sources that were read: one that was saved meanwhile is newer, and makes the next start build again.
  utimesSync(join(dist, 'damask.js'), startedAt, startedAt)

  const bytes = Object.values(outputs).reduce((sum, output) => sum + output.bytes, 0)
  console.error(`built dist/damask.js and ${made.size - 1} chunks, ${Math.round(bytes / 1024)} KiB`)
}
