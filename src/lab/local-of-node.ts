// What the agent of a lab's node knows of its machine alone, found out without asking it: it may have been stopped.
import { type LocalInput, observeLocal } from '../agent/index.ts'
import type { Local } from '../model/index.ts'
import type { NodeLayout } from './layout.ts'

/** What the agent plans its node with. A pod whose link is gone stays among them: that it is missing is what there is to see. */
export function localOfNode(
  { takesAdvertisedRoute }: Pick<NodeLayout, 'takesAdvertisedRoute'>,
  known: Omit<LocalInput, 'host' | 'liveness'>,
): Local {
  const host = {
    acceptsRouterAdvertisements: (link: string): boolean => takesAdvertisedRoute && link === 'eth0',
    // Agents tell it to each other: what they plan their own nodes with has no part of it.
    ipv6MtuBytes: () => undefined,
  }
  return { ...observeLocal({ ...known, host, liveness: undefined }).local, pods: known.pods }
}
