// The last World that was good, on disk: a node that starts without its store plans from it. It also keeps where peers were
// last heard from, so that a device made anew finds them behind their NAT, and the addresses of names, for a start without DNS.
import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { World } from '../model/index.ts'
import { replaceFile } from './durable-file.ts'
import type { ResolvedHosts } from './host-names.ts'
import type { PeerEndpoints } from './peer-activity.ts'
import type { Log } from './secret-log.ts'

export type Snapshot = {
  readonly world: World
  readonly endpoints: PeerEndpoints
  readonly resolvedHosts: ResolvedHosts
}

/** Of the file's shape and of the World in it: raise it whenever a field changes its meaning, and old files are set aside. */
const VERSION = 2
/** `damask-snapshot VERSION CHECKSUM`, then the snapshot as JSON. */
const HEAD = /^damask-snapshot (\d+) ([0-9a-f]{8})\n/

export const writeSnapshot = (path: string, snapshot: Snapshot): Promise<void> =>
  replaceFile(path, formatSnapshot(snapshot))

/** Undefined where there is none. Throws a sentence where it is damaged or of another version. */
export async function readSnapshot(path: string): Promise<Snapshot | undefined> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw new Error(`cannot read the snapshot ${path}: ${cause.message}`, { cause })
  })
  return text === undefined ? undefined : parseSnapshot(path, text)
}

/** Undefined also where it cannot be used; that is then said in the log. */
export async function tryReadSnapshot(path: string, log: Pick<Log, 'warn'>): Promise<Snapshot | undefined> {
  try {
    return await readSnapshot(path)
  } catch (cause) {
    log.warn({ path, cause }, cause instanceof Error ? cause.message : String(cause))
    return undefined
  }
}

function formatSnapshot(snapshot: Snapshot): string {
  const body = JSON.stringify({ ...withLists(snapshot), world: withLists(snapshot.world) })
  return `damask-snapshot ${VERSION} ${checksum(body)}\n${body}`
}

function parseSnapshot(path: string, text: string): Snapshot {
  const [head = '', version, sum] = HEAD.exec(text) ?? []
  const body = text.slice(head.length)
  if (head === '' || checksum(body) !== sum)
    throw new Error(`the snapshot ${path} is damaged; it is written again once the store answers`)
  if (Number(version) !== VERSION)
    throw new Error(
      `the snapshot ${path} is of version ${version}, and this damask reads ${VERSION}; it waits for the store`,
    )
  return withoutStrangers(JSON.parse(body, revived))
}

/** Keys that no node has any more would else be carried along for ever. */
function withoutStrangers({ world, endpoints, resolvedHosts }: Snapshot): Snapshot {
  const keys = new Set<string | undefined>([...world.statuses.values()].map(({ publicKey }) => publicKey))
  const isKnown = (peer: string): boolean => keys.has(peer.split(' ')[1])
  return { world, endpoints: new Map([...endpoints].filter(([peer]) => isKnown(peer))), resolvedHosts }
}

/** The world as text, the same for the same content. */
export const formatWorld = (world: World): string => JSON.stringify(withLists(world))

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0')

/** Field by field: a replacer, asked of every value in a World of thousands of nodes, takes five times as long. */
const withLists = (record: object): object =>
  Object.fromEntries(
    Object.entries(record).map(([field, value]) => [field, value instanceof Map ? { map: [...value] } : value]),
  )

function revived(key: string, value: unknown): unknown {
  // Words of addresses are signed; up to 0.3 they were not.
  if (typeof value === 'number') return WORDS.has(key) ? value | 0 : value
  if (typeof value !== 'object' || value === null || !('map' in value)) return value
  return Array.isArray(value.map) ? new Map(value.map) : value
}

const WORDS: ReadonlySet<string> = new Set(['w0', 'w1', 'w2', 'w3'])
