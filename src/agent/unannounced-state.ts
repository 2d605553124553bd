// What of a plan the kernel does not announce when somebody changes it: WireGuard's devices and peers, and most settings.
import type { Entry, NodeState } from '../model/index.ts'

export type UnannouncedState = {
  readonly planned: NodeState
  /** Names of the WireGuard links. */
  readonly links: readonly string[]
  /** Of the settings. */
  readonly keys: readonly string[]
}

/** Of settings the kernel announces forwarding and rp_filter alone. */
export const isUnannounced = ({ kind }: Entry): boolean =>
  kind === 'wireguard-device' || kind === 'wireguard-peer' || kind === 'sysctl'

const known = new WeakMap<NodeState, UnannouncedState>()

/** Worked out once for each state: it is asked for every five seconds. */
export function unannouncedOf(state: NodeState): UnannouncedState {
  const before = known.get(state)
  if (before !== undefined) return before
  const parts = state.parts.map((part) => part.filter(isUnannounced)).filter((part) => part.length > 0)
  const all = parts.flat()
  const unannounced = {
    planned: { ...state, parts },
    links: all.flatMap((entry) => (entry.kind === 'wireguard-device' ? [entry.link] : [])),
    keys: all.flatMap((entry) => (entry.kind === 'sysctl' ? [entry.key] : [])),
  }
  known.set(state, unannounced)
  return unannounced
}
