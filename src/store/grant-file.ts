// The files that the controller writes: what it granted to each node, `granted/<node>.yaml` in the store's folder.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeGrant } from '../model/index.ts'
import { type OwnedFile, removeOwnedFile, writeOwnedFile } from './owned-file.ts'
import { systemCode } from './system-message.ts'

export const GRANT_FOLDER = 'granted'
const SUFFIX = '.yaml'

export const grantPath = (directory: string, node: string): string => join(directory, GRANT_FOLDER, `${node}${SUFFIX}`)

/** False where it already says just that. Rejects where the file is not the controller's, or where it cannot be written. */
export const writeGrantFile = (directory: string, { name, site, slot }: NodeGrant): Promise<boolean> =>
  writeOwnedFile(grantFile(directory, name), {
    kind: 'NodeGrant',
    name,
    body: { granted: { ...(site !== undefined && { site }), ...(slot !== undefined && { slot }) } },
  })

/** False where there is none. Rejects where the file is not the controller's, or where it cannot be removed. */
export const removeGrantFile = (directory: string, node: string): Promise<boolean> =>
  removeOwnedFile(grantFile(directory, node))

/** The nodes that have such a file, also those that are gone. */
export async function listGrantFiles(directory: string): Promise<readonly string[]> {
  const folder = join(directory, GRANT_FOLDER)
  const names = await readdir(folder).catch((cause) => {
    if (systemCode(cause) === 'ENOENT') return []
    throw new Error(`cannot list the grants in ${folder}: ${cause instanceof Error ? cause.message : cause}`, { cause })
  })
  return names
    .filter((name) => !name.startsWith('.') && name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length))
    .sort()
}

const grantFile = (directory: string, node: string): OwnedFile => ({
  path: grantPath(directory, node),
  writer: 'the controller',
  of: 'of this network',
  what: `the grant of node ${node}`,
})
