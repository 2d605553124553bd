// What a test cluster writes down of itself before anything of it exists, so that it can be taken away whole: by its own test, or by
// the next one where that was killed.
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRunning, type ProcessRecord, processRecord, tryProcessRecord } from '../../src/lab/process-record.ts'
import { emptyNamespaces } from '../../src/lab/tear-down.ts'
import { deleteNamespace, listNamespaces } from '../../src/linux/index.ts'
import { clusterCgroup, hierarchies, removeCgroup } from './cgroup.ts'

export type ClusterRecord = {
  /** Six hexadecimal digits: in the names of its namespaces, its cgroup and its folder. */
  readonly id: string
  readonly folder: string
  /** A cluster whose owner is gone is swept away by the next. */
  readonly owner: ProcessRecord
}

const PREFIX = 'damask-cluster-'
/** linux/magic.h */
const OVERLAYFS_SUPER_MAGIC = 0x794c7630
/** Folders that every node has a version of its own of (machine.ts): an overlay does not stand in what it lies over. */
const OVERLAID = ['/etc', '/opt', '/var']

/** Nothing but its folder exists then. */
export function claimCluster(): ClusterRecord {
  if (process.getuid?.() !== 0) throw new Error('a test cluster makes namespaces and mounts, which only root may')
  const id = randomBytes(3).toString('hex')
  const folder = join(baseFolder(), `${PREFIX}${id}`)
  const record = { id, folder, owner: processRecord(process.pid) }
  mkdirSync(folder, { mode: 0o755 })
  writeFileSync(join(folder, 'cluster.json.new'), JSON.stringify(record))
  renameSync(join(folder, 'cluster.json.new'), join(folder, 'cluster.json'))
  return record
}

/** Safe to repeat, and for a cluster of which only a part was ever made. */
export async function tearDownCluster({ id, folder }: ClusterRecord): Promise<void> {
  await removeCgroup(clusterCgroup(id))
  const namespaces = listNamespaces(`dmk-${id}-`)
  await emptyNamespaces(namespaces)
  for (const name of namespaces) deleteNamespace(name)
  rmSync(folder, { recursive: true, force: true })
}

export async function sweepAbandonedClusters(): Promise<void> {
  for (const base of bases()) {
    for (const name of readdirSync(base).filter((one) => one.startsWith(PREFIX))) {
      const record = tryRead(join(base, name))
      if (record && !isRunning(record.owner)) await tearDownCluster(record)
    }
  }
}

/** What there is on this machine of a cluster. Others may be up too. */
export function clusterRemains(id: string): string[] {
  const processes = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && pid !== `${process.pid}` && belongs(pid, id))
    .filter((pid) => tryProcessRecord(Number(pid)) !== undefined) // those of others that only wait to be buried
  return [
    ...listNamespaces(`dmk-${id}-`).map((name) => `network namespace ${name}`),
    ...processes.map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`),
    ...hierarchies()
      .map(({ root }) => join(root, clusterCgroup(id)))
      .filter((path) => existsSync(path))
      .map((path) => `cgroup ${path}`),
    ...read('/proc/self/mountinfo')
      .split('\n')
      .filter((line) => line.includes(id))
      .map((line) => `mount ${line}`),
    ...bases()
      .map((base) => join(base, `${PREFIX}${id}`))
      .filter((folder) => existsSync(folder))
      .map((folder) => `folder ${folder}`),
  ]
}

/** By its cgroup, its mounts, or what it was started with. Namespaces of others' are in many mount tables. */
const belongs = (pid: string, id: string): boolean =>
  read(`/proc/${pid}/cgroup`).includes(clusterCgroup(id)) ||
  read(`/proc/${pid}/cmdline`).includes(`${PREFIX}${id}`) ||
  read(`/proc/${pid}/mountinfo`)
    .split('\n')
    .some((line) => line.includes(`${PREFIX}${id}`))

const bases = (): string[] => [tmpdir(), '/dev/shm'].filter((base) => existsSync(base))

function baseFolder(): string {
  const found = bases().find(
    (base) =>
      statfsSync(base).type !== OVERLAYFS_SUPER_MAGIC && !OVERLAID.some((above) => `${base}/`.startsWith(`${above}/`)),
  )
  if (found === undefined)
    throw new Error(
      `neither ${bases().join(' nor ')} can hold the machines of a test cluster: overlays of their ${OVERLAID.join(', ')} stand there; set TMPDIR to a folder that is outside these and on no overlay`,
    )
  return found
}

// A folder that is being made or taken away has no record.
function tryRead(folder: string): ClusterRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'cluster.json'), 'utf8'))
  } catch {
    return undefined
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // gone meanwhile
  }
}
