import type { Entry, NodeState, WireguardPeer } from '../model/index.ts'

const isPeer = (entry: Entry): entry is WireguardPeer => entry.kind === 'wireguard-peer'

/** The WireGuard peers of a plan. */
export const plannedPeers = ({ parts }: NodeState): WireguardPeer[] => parts.flatMap((part) => part.filter(isPeer))
