// What a lab writes down of itself, so that any other process can find it, enter it and take it away.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from '../model/index.ts'
import type { Layout } from './layout.ts'
import type { ProcessRecord } from './process-record.ts'
import type { RouterProcess } from './router-advertisements.ts'
import { wrongInput } from './wrong-input.ts'

export const LABS_FOLDER = '/run/damask-lab'

export type LabRecord = {
  readonly folder: string
  readonly mode: 'run' | 'up'
  /** Who brought it up; a lab of mode `run` whose owner is gone is swept away by the next. */
  readonly owner: ProcessRecord
  /** Command and first arguments that start the tool, and the CNI client. */
  readonly tools: LabTools
  readonly layout: Layout
  /** Whether all nodes read one folder of documents, or each its own. */
  readonly stores: Lab['stores']
  /** Where some site may have several gateways. */
  readonly controller?: ProcessRecord
  readonly processes: readonly LabProcess[]
  /** Of the clouds that advertise themselves. */
  readonly routers: readonly RouterProcess[]
  readonly pods: readonly PodRecord[]
}

export type LabTools = { readonly damask: readonly string[]; readonly cni: string }

/** The holder keeps a node's mount namespace. */
export type LabProcess = ProcessRecord & { readonly what: 'holder' | 'agent'; readonly node: string }

export type PodRecord = {
  readonly name: string
  readonly containerId: string
  /** As the plugin gave them: `10.42.1.2/24`. */
  readonly addresses: readonly string[]
}

/** The documents as whoever runs the network has them; agents read those of `storeFolder`. */
export const worldFolder = ({ folder }: Pick<LabRecord, 'folder'>): string => join(folder, 'world')
export const cloudFolder = ({ folder }: Pick<LabRecord, 'folder'>, cloud: string): string =>
  join(folder, 'clouds', cloud)
export const nodeFolder = ({ folder }: Pick<LabRecord, 'folder'>, node: string): string => join(folder, 'nodes', node)

/** Claims the folder: an error where a lab of this name is there already. Nothing else exists of the lab yet. */
export function createRecord(record: LabRecord): void {
  const draft = join(LABS_FOLDER, `.${record.layout.id}`)
  mkdirSync(draft, { recursive: true })
  writeRecord({ ...record, folder: draft }, record)
  try {
    renameSync(draft, record.folder) // refused where the target is a folder with something in it
  } catch (cause) {
    rmSync(draft, { recursive: true })
    const message = `there is a lab ${record.layout.name} already; take it down first: damask lab down ${record.layout.name}`
    throw wrongInput(message, cause)
  }
}

/** A reader sees the old record or the new one. */
export function saveRecord(record: LabRecord): void {
  writeRecord(record, record)
}

function writeRecord({ folder }: Pick<LabRecord, 'folder'>, record: LabRecord): void {
  const file = join(folder, 'lab.json')
  writeFileSync(`${file}.new`, JSON.stringify(record, undefined, 1))
  renameSync(`${file}.new`, file)
}

export function readRecords(): LabRecord[] {
  if (!existsSync(LABS_FOLDER)) return []
  return readdirSync(LABS_FOLDER).flatMap((name) => tryReadRecord(join(LABS_FOLDER, name)) ?? [])
}

// A folder that is being made or taken away has no record; both are somebody else's work.
function tryReadRecord(folder: string): LabRecord | undefined {
  try {
    const record: LabRecord = JSON.parse(readFileSync(join(folder, 'lab.json'), 'utf8'))
    return { ...record, routers: record.routers ?? [], folder } // an older damask wrote down none
  } catch {
    return undefined
  }
}

/** Without a name: the only one that was left up. */
export function findRecord(name?: string): LabRecord {
  const records = readRecords()
  const found = records.filter((record) => (name === undefined ? record.mode === 'up' : nameOf(record) === name))
  const [only] = found
  if (only && found.length === 1) return only
  const names = records.map(nameOf).join(', ')
  if (names === '' || (name === undefined && found.length === 0))
    throw wrongInput('no lab is up; bring one up: damask lab up FILE')
  throw wrongInput(name === undefined ? `name the lab: ${names}` : `there is no lab ${name}; there are ${names}`)
}

/** The name of the folder: that of the lab, with its id where it only runs. */
export const nameOf = ({ folder }: LabRecord): string => folder.slice(folder.lastIndexOf('/') + 1)
