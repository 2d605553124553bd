// A machine of a test cluster that was set up anew: nothing of Damask's is on its disk any more, its key least of all.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ClusterNode } from './cluster-node.ts'

/** While it is switched off. */
export function wipeState({ folder, name }: ClusterNode): void {
  const state = join(folder, 'var/upper/lib/damask')
  const files = readdirSync(state)
  if (!files.includes('private.key')) throw new Error(`no agent ever ran on ${name}: ${state} has no key`)
  for (const file of files) rmSync(join(state, file), { recursive: true })
}
