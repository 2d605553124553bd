// Names for the tab key, looked up only where one is wanted.
import type { NameSources } from './complete-words.ts'

export const namesOnHand: NameSources = {
  async labs() {
    const { nameOf, readRecords } = await import('../lab/index.ts')
    return readRecords().map((record) => ({
      lab: nameOf(record),
      nodes: record.layout.nodes.map(({ name }) => name),
      pods: record.pods.map(({ name }) => name),
    }))
  },
  async nodesIn(files) {
    if (files.length === 0) return []
    const { readWorld } = await import('../store/index.ts')
    const { world } = await readWorld(files)
    return world === undefined ? [] : [...world.nodes.keys()]
  },
}
