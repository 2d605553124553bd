// Our files on a host, and our folders where nothing else is in them.
import { readdirSync } from 'node:fs'
import { rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { OWN_FILES } from '../agent/index.ts'
import { codeOf, KEEPER_SOCKET, keeperAnswers, removeStaleSockets, SOCKETS_FOLDER } from '../linux/index.ts'
import type { CleaningOptions } from './node-clean.ts'

/** The last of a cleaning: what is in them is needed until then. */
export async function removeFolders(options: CleaningOptions): Promise<void> {
  const { folders, keepsKey } = options
  const { state, run } = folders
  const keeperRuns = await keeperAnswers(join(run, KEEPER_SOCKET))
  await removeFiles(state, [OWN_FILES.state, ...(keepsKey ? [] : [OWN_FILES.key])], options)
  if (!keepsKey) await removeFolder(state, options)
  // Where containers share a folder of wireguard-go's sockets with the host.
  const shared = join(run, 'wireguard')
  for (const folder of [SOCKETS_FOLDER, shared])
    for (const name of await removeStaleSockets(folder)) options.tell({ change: 'removed', kind: 'file', name })
  await removeFiles(run, [OWN_FILES.agentRun], options)
  if (keeperRuns) {
    options.tell({ change: 'kept', kind: 'file', name: join(run, KEEPER_SOCKET), because: 'a keeper runs there' })
    return // it may have the shared folder mounted
  }
  await removeFiles(run, [OWN_FILES.keeperRun], options)
  for (const folder of [shared, run]) await removeFolder(folder, options)
}

async function removeFiles(folder: string, patterns: readonly RegExp[], options: CleaningOptions): Promise<void> {
  for (const name of namesIn(folder))
    if (patterns.some((pattern) => pattern.test(name))) await removeFile(join(folder, name), options)
}

async function removeFile(path: string, { tell }: CleaningOptions): Promise<void> {
  try {
    await rm(path)
    tell({ change: 'removed', kind: 'file', name: path })
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return
    tell({
      change: 'failed',
      kind: 'file',
      name: path,
      because: cause instanceof Error ? cause.message : String(cause),
    })
  }
}

/** An empty one; what is in it is somebody's else. */
async function removeFolder(path: string, { tell }: CleaningOptions): Promise<void> {
  const reasons: Readonly<Record<string, string>> = {
    ENOTEMPTY: `${namesIn(path).join(', ')} in it is not ours`,
    EBUSY: 'something is mounted there; it is empty',
  }
  try {
    await rmdir(path)
    tell({ change: 'removed', kind: 'folder', name: path })
  } catch (cause) {
    const code = codeOf(cause) ?? ''
    if (code === 'ENOENT') return
    const because = reasons[code] ?? (cause instanceof Error ? cause.message : String(cause))
    tell({ change: code in reasons ? 'kept' : 'failed', kind: 'folder', name: path, because })
  }
}

/** None where there is no such folder. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return []
    throw cause
  }
}
