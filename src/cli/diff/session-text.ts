// Which sessions do not outlive the change, a line each.
import type { BrokenSession, MovedAddress, PlanDifference } from '../../foresight/index.ts'
import { countOf, listOf } from '../../render/index.ts'
import { pairsText } from './meaning-text.ts'

export function sessionLines({ sessions, meaning }: PlanDifference): readonly string[] {
  const narrowed = meaning.groups
    .filter(({ example }) => example.aspect === 'mtu' && example.change === 'lost')
    .reduce((sum, { pairs }) => sum + pairs, 0)
  return [
    ...sessions.wireguard.map(wireguardLine),
    ...sessions.addresses.map(addressLine),
    ...sessions.sources.map(
      (group) =>
        `connections: ${pairsText(group)} arrive ${group.example.isExample ? 'under other addresses, one of them ' : ''}as ${group.example.after.join(', ') || 'themselves'}, before as ${group.example.before.join(', ')}`,
    ),
    ...(narrowed === 0
      ? []
      : [
          `TCP: connections of ${countOf(narrowed, 'pair')} were opened for larger packets; "too big" messages shrink them, and pods keep their MTU until they start anew`,
        ]),
  ]
}

function wireguardLine({ why, with: far, nodes, from, to }: BrokenSession): string {
  const who = `WireGuard: ${listOf(nodes)} with ${far}`
  switch (why) {
    case 'key':
      return `${who}: another key, ${from} -> ${to}; packets wait for a new handshake`
    case 'device':
      return `${who}: from ${from} to ${to}; packets wait for a new handshake`
    case 'endpoint':
      return `${who}: reached at ${to}, before at ${from}`
    case 'port':
      return `WireGuard: ${far} listens at ${to}, before at ${from}`
    case 'gone':
      return `${who}: no peers any more`
  }
}

function addressLine({ kind, node, before, after, nowOf }: MovedAddress): string {
  const instead = after.length === 0 ? '' : `; new pods are from ${after.join(', ')}`
  if (kind === 'gateway-address')
    return `host ${node}: speaks by ${after.join(', ') || 'no address'}, before by ${before}`
  return `pods of ${node} with addresses from ${before}: ${nowOf === undefined ? 'nobody' : nowOf} has the prefix now${instead}`
}
