// The tool as its users start it, and what it must not leave behind.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const EXAMPLES = `${ROOT}examples`
export const FOUR_CLOUDS = `${EXAMPLES}/four-clouds.yaml`
export const WORLDS = `${ROOT}test/worlds`
export const DAMASK_CNI = `${ROOT}dist/damask-cni`

export type Ended = { readonly code: number | null; readonly output: string; readonly complaints: string }

export function startDamask(...words: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(`${ROOT}bin/damask`, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  return { child, ended: endOf(child) }
}

export function endOf(child: ChildProcess): Promise<Ended> {
  const output: Buffer[] = []
  const complaints: Buffer[] = []
  child.stdout?.on('data', (bytes) => output.push(bytes))
  child.stderr?.on('data', (bytes) => complaints.push(bytes))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({ code, output: Buffer.concat(output).toString(), complaints: Buffer.concat(complaints).toString() }),
    )
  })
}

export const damask = (...words: readonly string[]): Promise<Ended> => startDamask(...words).ended

/** Which lab it was, from what was said while it was built: its namespaces and its folder carry this id. */
export const labId = (complaints: string): string => /dmk-([0-9a-f]{6})-/.exec(complaints)?.[1] ?? 'no id was said'

/** What there is on this machine of a lab: namespaces, processes in its mount namespaces, folders. Others may run labs too. */
export function remainsOf(id: string, folder = id): string[] {
  const processes = listed('/proc').filter(
    (pid) => /^\d+$/.test(pid) && ownMounts(pid).some((line) => line.includes(folder)),
  )
  return [
    ...listed('/run/netns').filter((name) => name.startsWith(`dmk-${id}-`)),
    ...processes.map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`),
    ...listed('/run/damask-lab').filter((name) => name.endsWith(folder)),
  ]
}

/** Without the namespaces that were there when it got mounts of its own: a program that has nothing to do with a lab keeps theirs. */
const ownMounts = (pid: string): string[] =>
  read(`/proc/${pid}/mountinfo`)
    .split('\n')
    .filter((line) => !line.includes('/netns/'))

/** Network of the namespace that the tests run in: a lab never touches it. */
export const homeNetwork = (): string[] =>
  ['dev', 'route', 'if_inet6'].map((file) => withoutCounters(readFileSync(`/proc/net/${file}`, 'utf8')))

const withoutCounters = (text: string): string => text.replace(/:.*$/gm, '')
const listed = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // gone meanwhile
  }
}
