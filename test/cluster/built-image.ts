// The image as `make image` builds it, of the program as it stands, for the nodes of test clusters.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const FOLDER = join(ROOT, 'dist/test-image')
const WIREGUARD_GO = join(ROOT, 'dist/wireguard-go')

/** Builds it anew: some seconds, and a minute more where the current wireguard-go was never built. */
export function buildImage(): void {
  if (!existsSync(WIREGUARD_GO)) run('scripts/build-wireguard-go.sh', WIREGUARD_GO)
  mkdirSync(FOLDER, { recursive: true })
  run(process.execPath, 'scripts/build-image.ts', '--out', FOLDER, '--wireguard-go', WIREGUARD_GO)
}

/** The archive that the set-up of the suites built. */
export function builtImage(): string {
  const [archive, ...others] = existsSync(FOLDER) ? readdirSync(FOLDER) : []
  if (archive === undefined || others.length > 0) throw new Error(`${FOLDER} does not hold one archive of an image`)
  return join(FOLDER, archive)
}

const run = (program: string, ...words: readonly string[]): void => {
  execFileSync(program, words, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
}
