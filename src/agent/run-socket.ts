// A process's socket in its run folder, and the lock that keeps a second of its kind out of it. The kernel lets go of the lock with
// the process, so a killed agent leaves nothing that would have to be judged stale.
import { lstatSync } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import type { Server } from 'node:net'
import { dirname, join } from 'node:path'
import { listenOnFile } from '../cni/index.ts'
import { tryLock } from '../linux/index.ts'

/** Whose socket it is: each has a lock of its own. */
export type Owner = 'agent' | 'keeper'

export type RunSocket = {
  /** Makes folder, lock and socket again where somebody deleted them; true: somebody had. Throws where another agent has come since. */
  readonly restore: () => Promise<boolean>
  readonly release: () => Promise<void>
}

/** Listens on the path, mode 0600; throws where another of that kind runs in the folder. */
export async function listenAlone(server: Server, path: string, owner: Owner = 'agent'): Promise<RunSocket> {
  const folder = dirname(path)
  let held = await lock(folder, owner)
  try {
    const file = await listenOnFile(server, path)
    return {
      async restore() {
        const isLocked = isAt(held)
        if (isLocked && file.isThere()) return false
        if (!isLocked) {
          const old = held
          held = await lock(folder, owner)
          await old.handle.close()
        }
        if (!file.isThere()) await file.restore()
        return true
      },
      async release() {
        await file.remove()
        await held.handle.close()
      },
    }
  } catch (cause) {
    await held.handle.close()
    throw cause
  }
}

type Lock = { readonly path: string; readonly handle: FileHandle; readonly inode: number }

const isAt = ({ path, inode }: Lock): boolean => lstatSync(path, { throwIfNoEntry: false })?.ino === inode

async function lock(folder: string, owner: Owner): Promise<Lock> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `${owner}.lock`)
  const handle = await open(path, 'a', 0o600)
  if (tryLock(handle.fd)) return { path, handle, inode: (await handle.stat()).ino }
  await handle.close()
  throw new Error(
    `another ${owner} runs on ${folder}: it holds ${path}; stop it, or give this one a run folder of its own (--run)`,
  )
}
