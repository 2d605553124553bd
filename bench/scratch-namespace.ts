// A network namespace for one benchmark: its name is nobody else's, and it goes with the benchmark.
import { randomBytes } from 'node:crypto'
import { createNamespace, deleteNamespace, type NamespaceHandle, openNamespace } from '../src/linux/index.ts'
import type { Bench } from './benchmark.ts'

export type ScratchNamespace = { readonly name: string; readonly handle: NamespaceHandle; readonly remove: () => void }

/** `remove` is for whoever makes many; the benchmark's end removes what is left. */
export function scratchNamespace({ defer }: Pick<Bench, 'defer'>): ScratchNamespace {
  const name = `damask-bench-${process.pid}-${randomBytes(4).toString('hex')}`
  createNamespace(name)
  const handle = openNamespace(name)
  let isThere = true
  const remove = (): void => {
    if (!isThere) return
    isThere = false
    handle.close()
    deleteNamespace(name)
  }
  defer(remove)
  return { name, handle, remove }
}
