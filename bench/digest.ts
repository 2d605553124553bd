// A number made of everything that stands in NodeStates, so that nothing of a plan can be left unmade. What several nodes
// share is read once.
import type { Entry, NodeState } from '../src/model/index.ts'

export type Digest = {
  readonly add: (state: NodeState) => void
  readonly value: () => number
  /** Entries that were read. */
  readonly entries: () => number
}

export function createDigest(): Digest {
  const seen = new Set<readonly Entry[]>()
  let hash = 0x811c9dc5
  let entries = 0
  /** One step of FNV-1a on 32 bits in place of 8: cheap, and hangs on every value and its place. */
  const mix = (value: number): void => {
    hash = Math.imul(hash ^ value, 0x01000193)
  }
  const mixText = (text: string): void => {
    for (let index = 0; index < text.length; index++) mix(text.charCodeAt(index))
  }

  function mixValue(value: unknown): void {
    if (typeof value === 'number') mix(value)
    else if (typeof value === 'string') mixText(value)
    else if (Array.isArray(value)) for (const item of value) mixValue(item)
    else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) mixValue(item)
    else mix(value === true ? 1 : 0)
  }

  return {
    add({ node, gatewayAddresses, parts }) {
      mixText(node)
      mixValue(gatewayAddresses)
      for (const part of parts) {
        if (seen.has(part)) continue
        seen.add(part)
        entries += part.length
        mixValue(part)
      }
    },
    value: () => hash >>> 0,
    entries: () => entries,
  }
}
