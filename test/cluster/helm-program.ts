// Helm, built of the Go module whose sums stand in programs/helm, in a cache of the user's; the first time takes a minute.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

const MODULE = join(import.meta.dirname, 'programs/helm')
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'damask/go')

/** Its path. */
export function helmProgram(): string {
  const sums = createHash('sha256')
    .update(readFileSync(join(MODULE, 'go.sum')))
    .digest('hex')
  const target = join(CACHE, `helm-${sums.slice(0, 16)}`)
  if (existsSync(target)) return target
  mkdirSync(CACHE, { recursive: true })
  // Renamed when it is whole: it may be killed.
  const fresh = mkdtempSync(`${target}.`)
  try {
    execFileSync(
      'go',
      ['build', '-trimpath', '-ldflags=-s -w', '-o', join(fresh, 'helm'), 'helm.sh/helm/v3/cmd/helm'],
      {
        cwd: MODULE,
        env: { ...process.env, ...ENVIRONMENT, PATH: `${process.env.PATH}${delimiter}/usr/local/go/bin` },
        stdio: 'inherit',
      },
    )
    renameSync(join(fresh, 'helm'), target)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return target
}

const ENVIRONMENT = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -p=2', GOTOOLCHAIN: 'auto' }
