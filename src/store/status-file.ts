// The one file that an agent writes: what it says of its own node, beside what people wrote.
import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { API_VERSION, type NodeStatus } from '../model/index.ts'
import { systemCode } from './system-message.ts'

/** By its first line a file is known to be an agent's, and may be written again. */
const MARK = '# Written by the agent of this node. Changes are lost.\n'

/**
 * Writes `status/<node>.yaml` in the store's folder, whole or not at all; false where it already says just that. Rejects
 * where the file is not an agent's, or where it cannot be written.
 */
export async function writeStatusFile(directory: string, status: NodeStatus): Promise<boolean> {
  const path = join(directory, 'status', `${status.name}.yaml`)
  const text = formatStatus(status)
  try {
    const before = await readOrNothing(path)
    if (before === text) return false
    if (before !== undefined && !before.startsWith(MARK)) {
      throw new Error('somebody else wrote it; move it away, and the agent writes its own')
    }
    await replaceFile(path, text)
    return true
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`cannot write the status of node ${status.name} to ${path}: ${said}`, { cause })
  }
}

function formatStatus({ name, publicKey, underlayMtuBytes, underlayIpv6MtuBytes, conditions }: NodeStatus): string {
  const status = {
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(underlayMtuBytes === undefined ? {} : { underlayMtu: underlayMtuBytes }),
    ...(underlayIpv6MtuBytes === undefined ? {} : { underlayIpv6Mtu: underlayIpv6MtuBytes }),
    ...(conditions === undefined || conditions.length === 0
      ? {}
      : { conditions: conditions.map(({ type, message }) => ({ type, message })) }),
  }
  const document = { apiVersion: API_VERSION, kind: 'NodeStatus', metadata: { name }, status }
  return `${MARK}${stringify(document, { lineWidth: 0 })}`
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined
    throw cause
  }
}

/** A reader, or a machine that stops, sees the old file or the new one. The hidden name is read by nobody. */
async function replaceFile(path: string, text: string): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder).catch((cause) => {
    if (systemCode(cause) !== 'EEXIST') throw cause
  })
  const temporary = join(folder, `.${randomUUID()}.tmp`)
  try {
    const file = await open(temporary, 'wx', 0o644)
    try {
      // Whatever the umask: other nodes' agents read it.
      await file.chmod(0o644)
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (cause) {
    await unlink(temporary).catch(() => undefined)
    throw cause
  }
  await syncFolder(folder)
}

/** The new name itself lasts only once the folder is on the disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
