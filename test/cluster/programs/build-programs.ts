// The programs of the test clusters, built from Go modules whose sums stand beside this file, in a cache of the user's. The first time
// takes minutes and 4 GB of Go's own caches; after that nothing is done.
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, globSync, mkdirSync, readFileSync } from 'node:fs'

import { delimiter, join } from 'node:path'
import { run } from '../run.ts'
import { CACHE } from './cache-folder.ts'
import { fetchContainerd } from './fetch-containerd.ts'

export type Programs = {
  /** A folder with etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, kube-proxy and kubectl. */
  readonly kubernetes: string
  readonly coredns: string
  /** What the tests' pods run: pods/web/main.go. */
  readonly web: string
  readonly pause: string
  /** Folders with containerd, its shim, ctr and runc. */
  readonly containerdPath: readonly string[]
}

type Module = { readonly name: string; readonly packages: string; readonly linkerFlags: string }

const KUBERNETES_VERSION = /^\tk8s\.io\/kubernetes v1\.(\d+)\.(\d+)\b/m

/** Safe to call from several processes at once: one builds, the others wait for it. */
export async function buildPrograms(): Promise<Programs> {
  const kubernetes = await build(kubernetesModule())
  const coredns = await build({ name: 'coredns', packages: '.', linkerFlags: '' })
  const pods = await build({ name: 'pods', packages: './...', linkerFlags: '' })
  return {
    kubernetes,
    coredns: join(coredns, 'coredns'),
    web: join(pods, 'web'),
    pause: join(pods, 'pause'),
    containerdPath: await fetchContainerd(),
  }
}

/** Undefined: they were never built here, or not as they are now. */
export async function findKubernetes(): Promise<string | undefined> {
  try {
    const { target } = await placeOf(kubernetesModule())
    return existsSync(target) ? target : undefined
  } catch {
    return undefined // without Go nothing was built
  }
}

const kubernetesModule = (): Module => ({ name: 'kubernetes', packages: 'tool', linkerFlags: versionStamp() })

async function placeOf(module: Module) {
  const folder = join(import.meta.dirname, module.name)
  const go = findGo()
  // A Go older than what go.mod asks for fetches one that is new enough (Go ≥ 1.21).
  const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'auto', GOFLAGS: '-mod=readonly -trimpath' }
  const version = await run([go, 'env', 'GOVERSION', 'GOARCH'], { cwd: folder, env })
  return { folder, go, env, target: join(CACHE, 'go', `${module.name}-${keyOf(module, folder, version)}`) }
}

async function build(module: Module): Promise<string> {
  const { folder, go, env, target } = await placeOf(module)
  if (existsSync(target)) return target
  mkdirSync(join(CACHE, 'go'), { recursive: true })
  console.error(`building ${module.name} for the test clusters into ${target}; the first time this takes minutes`)
  const words = [target, go, `-s -w ${module.linkerFlags}`, module.packages]
  await run(['flock', join(CACHE, 'go', `${module.name}.lock`), 'sh', '-euc', BUILD, 'build', ...words], {
    cwd: folder,
    env,
  })
  return target
}

// Renamed when it is whole: it may be killed. The name of a program is the last word of its package, and etcd's is `server`.
const BUILD = `
target=$1 go=$2 flags=$3 packages=$4
[ ! -e "$target" ] || exit 0
fresh=$(mktemp -d "$target.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
nice -n 19 "$go" build -p 2 -ldflags "$flags" -o "$fresh/" "$packages"
[ ! -e "$fresh/server" ] || mv "$fresh/server" "$fresh/etcd"
chmod 755 "$fresh"
mv "$fresh" "$target"
`

function keyOf({ linkerFlags, packages }: Module, folder: string, version: string): string {
  const hash = createHash('sha256').update([version, linkerFlags, packages, BUILD].join('\0'))
  for (const file of globSync('**/*.{go,mod,sum}', { cwd: folder }).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(folder, file)))
  }
  return hash.digest('hex').slice(0, 16)
}

function findGo(): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/go/bin']
  const found = folders.map((folder) => join(folder, 'go')).find(isProgram)
  if (found === undefined)
    throw new Error(
      'the test clusters are built with Go, and there is none on the path nor in /usr/local/go; install Go 1.21 or newer (https://go.dev/doc/install)',
    )
  return found
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** As Kubernetes' own release build stamps its programs: they compare their versions. */
function versionStamp(): string {
  const file = join(import.meta.dirname, 'kubernetes/go.mod')
  const [, minor, patch] = KUBERNETES_VERSION.exec(readFileSync(file, 'utf8')) ?? []
  if (minor === undefined) throw new Error(`${file} requires no k8s.io/kubernetes`)
  const version = `v1.${minor}.${patch}`
  const fields = {
    gitVersion: version,
    gitMajor: '1',
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: version,
    buildDate: '1970-01-01T00:00:00Z',
  }
  return Object.entries(fields)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ')
}
