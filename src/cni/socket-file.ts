// A Unix socket by its name in a folder, where whoever cleans up may delete the name while its owner still listens.
import { lstatSync } from 'node:fs'
import { chmod, rename, rm, stat } from 'node:fs/promises'
import type { Server } from 'node:net'

export type SocketFile = {
  /** Whether the name still is our socket. */
  readonly isThere: () => boolean
  /** Listens again under the name. Connections that stand go on. */
  readonly restore: () => Promise<void>
  /** Takes the name away, unless it is somebody else's by now. The server is not closed. */
  readonly remove: () => Promise<void>
}

/** Listens on the path, mode 0600; a socket that is there already is replaced. */
export async function listenOnFile(server: Server, path: string): Promise<SocketFile> {
  let inode = await listen(server, path)
  const isThere = (): boolean => lstatSync(path, { throwIfNoEntry: false })?.ino === inode
  return {
    isThere,
    async restore() {
      server.close()
      inode = await listen(server, path)
    },
    async remove() {
      if (isThere()) await rm(path, { force: true })
    },
  }
}

/** Resolves with the socket's inode. */
async function listen(server: Server, path: string): Promise<number> {
  // Beside and renamed: nobody can connect before the mode is right, and a stale socket goes in the same step.
  const draft = `${path}.new`
  await rm(draft, { force: true })
  await new Promise<void>((resolve, reject) => {
    const refuse = (cause: Error): void => reject(new Error(`cannot listen on ${path}: ${cause.message}`, { cause }))
    server.once('error', refuse)
    server.listen(draft, () => {
      server.off('error', refuse)
      resolve()
    })
  })
  await chmod(draft, 0o600)
  await rename(draft, path)
  return (await stat(path)).ino
}
