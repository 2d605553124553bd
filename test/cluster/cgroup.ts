// The cgroups of a test cluster, on machines with the hierarchies of cgroup v1 (cgroups(7)), v2, or both: what was started for the
// cluster, containers too, is found there and nowhere else.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ProcessRecord, tryProcessRecord } from '../../src/lab/process-record.ts'

type Hierarchy = { readonly root: string; readonly isV2: boolean }

/** As kubelet's `cgroupRoot` wants it, without the slash in front. */
export const clusterCgroup = (id: string): string => `damask-${id}`

/** In every hierarchy. With v2 processes stand in leaves only, so: never in one that has others inside. */
export function makeCgroup(path: string): void {
  const all = hierarchies()
  for (const { root } of all) {
    mkdirSync(join(root, path), { recursive: true })
    copyCpusets(root, path)
  }
  const [only] = all
  if (all.length === 1 && only?.isV2) enableControllers(only.root, path)
}

/** Of v2, for what is inside each folder on the way: kubelet refuses a root of its cgroups that lacks some (cgroups(7)). */
function enableControllers(root: string, path: string): void {
  const names = path.split('/')
  for (const nth of names.keys()) {
    const folder = join(root, ...names.slice(0, nth))
    const controllers = readFileSync(join(folder, 'cgroup.controllers'), 'utf8').split(/\s+/).filter(Boolean)
    writeFileSync(join(folder, 'cgroup.subtree_control'), controllers.map((name) => `+${name}`).join(' '))
  }
}

/** Where a process writes 0 to be in it from then on. What it starts is in it too. */
export const cgroupProcesses = (path: string): string => join(tracking(), path, 'cgroup.procs')

/** Ends everything in it and below, and takes it away. Safe to repeat. */
export async function removeCgroup(path: string): Promise<void> {
  await emptyCgroup(path)
  for (const { root } of hierarchies()) await removeFolders(join(root, path))
}

// Who is in there may just be starting somebody, so: until nobody is left.
async function emptyCgroup(path: string): Promise<void> {
  const top = join(tracking(), path)
  for (let tries = 0; ; tries++) {
    const left = processesBelow(top)
    if (left.length === 0) return
    if (tries > 500)
      throw new Error(`processes ${left.map(({ pid }) => pid).join(', ')} of ${top} are still there 5 s after SIGKILL`)
    for (const { pid } of left) ignoringAbsence(() => process.kill(pid, 'SIGKILL'))
    await sleep(10)
  }
}

function processesBelow(folder: string): ProcessRecord[] {
  return foldersBelow(folder)
    .flatMap((one) => ignoringAbsence(() => readFileSync(join(one, 'cgroup.procs'), 'utf8').split('\n')) ?? [])
    .filter((pid) => pid !== '' && pid !== '0') // 0: of another pid namespace
    .flatMap((pid) => tryProcessRecord(Number(pid)) ?? [])
}

async function removeFolders(top: string): Promise<void> {
  for (let tries = 0; existsSync(top); tries++) {
    try {
      for (const folder of foldersBelow(top).reverse()) rmdirSync(folder)
    } catch (error) {
      // EBUSY: its last process was ended, and is not gone yet.
      if (tries > 500) throw error
      await sleep(10)
    }
  }
}

/** Itself first, and every folder before those in it. */
function foldersBelow(folder: string): string[] {
  const entries = ignoringAbsence(() => readdirSync(folder, { withFileTypes: true }))
  if (entries === undefined) return []
  const inside = entries.filter((entry) => entry.isDirectory()).flatMap(({ name }) => foldersBelow(join(folder, name)))
  return [folder, ...inside]
}

/** Of v1, where those of a new cgroup are empty, and nothing runs in it then. */
function copyCpusets(root: string, path: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (!existsSync(join(root, file))) continue
    const value = readFileSync(join(root, file), 'utf8')
    let folder = root
    for (const name of path.split('/')) {
      folder = join(folder, name)
      if (readFileSync(join(folder, file), 'utf8').trim() === '') writeFileSync(join(folder, file), value)
    }
  }
}

const MOUNT = /^\S+ \S+ \S+ \/ (\S+) .* - (cgroup2?) /

export function hierarchies(): Hierarchy[] {
  const found = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, root, type] = MOUNT.exec(line) ?? []
      return root?.startsWith('/sys/fs/cgroup') ? [{ root, isV2: type === 'cgroup2' }] : []
    })
  if (found.length === 0) throw new Error('nothing is mounted at /sys/fs/cgroup; mount cgroup2 there: kubelet needs it')
  return found
}

/** The one whose members are read: runc puts containers into all. */
function tracking(): string {
  const all = hierarchies()
  const found = all.find(({ root, isV2 }) => !isV2 && root.endsWith('/pids')) ?? all.find(({ isV2 }) => isV2) ?? all[0]
  return found?.root ?? ''
}

function ignoringAbsence<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'ENODEV'].includes(`${error.code}`))
      return undefined
    throw error
  }
}
