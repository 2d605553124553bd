// Who is asked for pods, and calls of it as a container runtime makes them: a process for each.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inNamespace, type NamespaceHandle } from '../src/linux/index.ts'
import type { Bench } from './benchmark.ts'
import { scratchNamespace } from './scratch-namespace.ts'

export type Caller = {
  readonly name: string
  /** Calls for each pod, so many at a time. Throws where one is refused. */
  readonly call: (command: 'ADD' | 'DEL', pods: readonly CalledPod[], atOnce?: number) => Promise<Calls>
}

export type CalledPod = { readonly containerId: string; readonly namespace: string }

/** Milliseconds: of each call, and from the first start to the last end. */
export type Calls = { readonly each: readonly number[]; readonly all: number }

export type Plugin = {
  readonly name: string
  readonly program: string
  /** CNI_PATH: where it finds further plugins. */
  readonly folder: string
  readonly configuration: object
  /** The host's; left out: this process'. */
  readonly host?: NamespaceHandle
}

export function pluginCaller(bench: Bench, plugin: Plugin): Caller {
  const starter = buildStarter(bench)
  const input = join(bench.folder, `${plugin.name}.json`)
  writeFileSync(input, JSON.stringify(plugin.configuration))
  return {
    name: plugin.name,
    async call(command, pods, atOnce = 1) {
      const lines = pods.map(
        ({ containerId, namespace }) =>
          `CNI_COMMAND=${command} CNI_CONTAINERID=${containerId} CNI_NETNS=/run/netns/${namespace} CNI_IFNAME=eth0 CNI_PATH=${plugin.folder}\n`,
      )
      const { output, errors } = await run(plugin.host, [starter, `${atOnce}`, input, plugin.program], lines.join(''))
      const ends = output
        .trim()
        .split('\n')
        .map((line) => line.split(' '))
      const all = ends.find(([number]) => number === 'all')
      const each = ends.filter((end) => end !== all)
      if (each.length !== pods.length || each.some(([, exitCode]) => exitCode !== '0'))
        throw new Error(`${plugin.name} refused a ${command}: ${errors.slice(-2000)}`)
      return { each: each.map(milliseconds), all: milliseconds(all ?? []) }
    },
  }
}

const milliseconds = ([, , microseconds]: readonly (string | undefined)[]): number => Number(microseconds) / 1000

function run(
  host: NamespaceHandle | undefined,
  [program = '', ...words]: readonly string[],
  input: string,
): Promise<{ output: string; errors: string }> {
  const child = inNamespace(host, () => spawn(program, words, { cwd: '/' }))
  let [output, errors] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve({ output, errors })
      else reject(new Error(`${program} ended with ${code}: ${errors}`))
    })
  })
}

function buildStarter({ folder }: Bench): string {
  const starter = join(folder, 'start-many')
  if (!existsSync(starter)) execFileSync('gcc', ['-O1', '-o', starter, join(import.meta.dirname, 'start-many.c')])
  return starter
}

/** A process that does nothing, started in the same way. */
export const idleCaller = (bench: Bench): Caller =>
  pluginCaller(bench, { name: 'a process that does nothing', program: '/bin/true', folder: '/', configuration: {} })

const STOCK_FOLDERS = ['/usr/lib/cni', '/opt/cni/bin']
const STOCK_PACKAGE = 'containernetworking-plugins'
const STOCK = {
  ptp: {},
  bridge: { bridge: 'cni0', isGateway: true },
} as const

/**
 * Each in a host's namespace of its own, without NAT, as ours makes none for a pod either; and with IPv4 alone, for with IPv6 they
 * wait a second and more until the address is known to be nobody else's. Ours gives each pod both. None where they are not here.
 */
export function stockCallers(bench: Bench): readonly Caller[] {
  const folder = findStock(bench)
  if (folder === undefined) return []
  const caller = (type: keyof typeof STOCK): Caller => {
    const dataDir = join(bench.folder, `host-local-${type}`)
    mkdirSync(dataDir)
    const ipam = {
      type: 'host-local',
      dataDir,
      ranges: [[{ subnet: '10.250.0.0/24' }]],
      routes: [{ dst: '0.0.0.0/0' }],
    }
    const configuration = { cniVersion: '1.0.0', name: 'stock', type, ipMasq: false, ...STOCK[type], ipam }
    const host = scratchNamespace(bench).handle
    return pluginCaller(bench, {
      name: `${type}+host-local`,
      program: join(folder, type),
      folder,
      configuration,
      host,
    })
  }
  return [caller('ptp'), caller('bridge')]
}

/** Where the stock plugins are; installs Debian's package where they are missing and it can. */
function findStock({ note, isQuick }: Bench): string | undefined {
  const find = (): string | undefined =>
    STOCK_FOLDERS.find((folder) =>
      [...Object.keys(STOCK), 'host-local'].every((name) => existsSync(join(folder, name))),
    )
  const found = find()
  if (found !== undefined) return found
  if (!isQuick) tryInstall()
  const installed = find()
  if (installed === undefined) note(`no stock plugins here to compare with: apt-get install ${STOCK_PACKAGE}`)
  return installed
}

function tryInstall(): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', STOCK_PACKAGE], {
      env,
      stdio: 'ignore',
    })
  } catch {
    // Said by whoever does not find them.
  }
}
