// Files that are whole after any crash: written beside their name, synced, then named.
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes a file that must not exist yet, mode 0600, on disk once it resolves. */
export async function writeNewFile(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Puts a whole file in the place of an old one, or of none. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.new`
  await rm(draft, { force: true })
  await writeNewFile(draft, text)
  await rename(draft, path)
  await syncFolder(dirname(path))
}

/** A name is on disk only once its folder is. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
