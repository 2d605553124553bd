// The tool as its users start it, and what it must not leave behind.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const FOUR_CLOUDS = `${ROOT}examples/four-clouds.yaml`
export const WORLDS = `${ROOT}test/worlds`

export type Ended = { readonly code: number | null; readonly output: string; readonly complaints: string }

export function startDamask(...words: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(`${ROOT}bin/damask`, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  const complaints: Buffer[] = []
  child.stdout.on('data', (bytes) => output.push(bytes))
  child.stderr.on('data', (bytes) => complaints.push(bytes))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({ code, output: Buffer.concat(output).toString(), complaints: Buffer.concat(complaints).toString() }),
    )
  })
  return { child, ended }
}

export const damask = (...words: readonly string[]): Promise<Ended> => startDamask(...words).ended

/** Namespaces, processes in them or of the tool's labs, mounts and folders that a lab might leave. */
export function leftovers(): string[] {
  const namespaces = listed('/run/netns').filter((name) => /^dmk-[0-9a-f]{6}-/.test(name))
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes('damask-lab'))
  const holders = listed('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes('/run/damask-lab/'))
  return [...namespaces, ...mounts, ...holders.map(commandLine), ...listed('/run/damask-lab')]
}

/** Network of the namespace that the tests run in: a lab never touches it. */
export const homeNetwork = (): string[] =>
  ['dev', 'route', 'if_inet6'].map((file) => withoutCounters(readFileSync(`/proc/net/${file}`, 'utf8')))

const withoutCounters = (text: string): string => text.replace(/:.*$/gm, '')
const listed = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return '' // gone meanwhile
  }
}
