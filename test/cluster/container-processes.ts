// Processes of a node's containers, found without asking anybody of the cluster.
import { readdirSync, readFileSync } from 'node:fs'
import { clusterCgroup } from './cgroup.ts'
import type { Cluster } from './cluster.ts'

/** Of programs whose command line has all of these words. What is not of this node is never found. */
export function containerProcesses(
  { id }: Pick<Cluster, 'id'>,
  node: string,
  words: readonly string[],
): readonly number[] {
  const inside = `/${clusterCgroup(id)}/${node}/kubepods`
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && read(`/proc/${pid}/cgroup`).includes(inside))
    .filter((pid) => {
      const line = read(`/proc/${pid}/cmdline`).split('\0')
      return words.every((word) => line.includes(word))
    })
    .map(Number)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // gone meanwhile
  }
}
