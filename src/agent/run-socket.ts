// The agent's socket in its run folder, which also keeps a second agent out: whoever answers on it owns the folder. A socket
// that a killed agent left behind is replaced.
import { chmod, link, mkdir, rename, rm, stat } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import { dirname } from 'node:path'

/** Listens on the path, mode 0600; throws where another agent answers there. Resolves with how to give the name up. */
export async function listenAlone(server: Server, path: string): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  // Made under another name first: with its name it has its mode, and taking the name is one step that can fail.
  const draft = `${path}.${process.pid}`
  await rm(draft, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(`cannot listen on ${path}: ${cause.message}`, { cause })))
    server.listen(draft, resolve)
  })
  try {
    await chmod(draft, 0o600)
    await takeName(draft, path)
  } catch (cause) {
    server.close()
    throw cause
  } finally {
    await rm(draft, { force: true })
  }
  const { ino } = await stat(path)
  return async () => {
    if ((await inodeOf(path)) === ino) await rm(path, { force: true })
  }
}

async function takeName(draft: string, path: string): Promise<void> {
  for (;;) {
    try {
      return await link(draft, path)
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'))
        throw new Error(`cannot make the socket ${path}: ${cause instanceof Error ? cause.message : cause}`, { cause })
    }
    const probed = await inodeOf(path)
    if (await isAnswered(path))
      throw new Error(
        `another agent runs on ${dirname(path)}: it answers on ${path}; stop it, or give this one a run folder of its own`,
      )
    await removeStale(path, probed)
  }
}

/** Moves the stale socket away, and back again where another agent was quicker and has put its own there since. */
async function removeStale(path: string, probed: number | undefined): Promise<void> {
  const aside = `${path}.stale.${process.pid}`
  try {
    await rename(path, aside)
  } catch {
    return // gone by itself: the next turn finds out
  }
  if ((await inodeOf(aside)) !== probed) await link(aside, path).catch(() => {})
  await rm(aside, { force: true })
}

async function inodeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.ino
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
