// The agent's socket in its run folder, and the lock that keeps a second agent out of it. The kernel lets go of the lock with
// the process, so a killed agent leaves nothing that would have to be judged stale.
import { chmod, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import type { Server } from 'node:net'
import { dirname, join } from 'node:path'
import { tryLock } from '../linux/index.ts'

const LOCK_FILE = 'agent.lock'

/** Listens on the path, mode 0600; throws where another agent runs in the folder. Resolves with how to give it up. */
export async function listenAlone(server: Server, path: string): Promise<() => Promise<void>> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const unlock = await lock(folder)
  try {
    // Beside and renamed: nobody can connect before the mode is right, and what a killed agent left goes in the same step.
    const draft = `${path}.new`
    await rm(draft, { force: true })
    await listen(server, draft)
    await chmod(draft, 0o600)
    await rename(draft, path)
  } catch (cause) {
    await unlock()
    throw cause
  }
  const { ino } = await stat(path)
  return async () => {
    const found = await stat(path).catch(() => undefined)
    if (found?.ino === ino) await rm(path, { force: true })
    await unlock()
  }
}

async function lock(folder: string): Promise<() => Promise<void>> {
  const file = await open(join(folder, LOCK_FILE), 'a', 0o600)
  if (tryLock(file.fd)) return () => file.close()
  await file.close()
  throw new Error(
    `another agent runs on ${folder}: it holds ${join(folder, LOCK_FILE)}; stop it, or give this one a run folder of its own (--run)`,
  )
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(`cannot listen on ${path}: ${cause.message}`, { cause })))
    server.listen(path, resolve)
  })
}
