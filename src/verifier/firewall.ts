// Filters that are not ours: a cloud's, or those of other programs on a machine.
import { containsAddress } from '../model/index.ts'
import type { Packet } from './packet.ts'
import type { Firewall } from './underlay.ts'

/** Why it is not let through; undefined where it is. Answers were let through with what they answer. */
export function refusal(firewall: Firewall | undefined, packet: Packet, place: string): string | undefined {
  if (firewall === undefined || packet.answer !== undefined) return undefined
  const rule = firewall.rules.find(
    ({ protocol, port, from, to }) =>
      (protocol === undefined || protocol === packet.protocol) &&
      (port === undefined || port === packet.destinationPort) &&
      (from === undefined || containsAddress(from, packet.source)) &&
      (to === undefined || containsAddress(to, packet.destination)),
  )
  if ((rule?.verdict ?? firewall.otherwise) === 'accept') return undefined
  return `${rule?.name ?? place} does not let ${describe(packet)} through`
}

const describe = ({ protocol, destinationPort }: Packet): string => {
  const what = protocol.toUpperCase()
  return destinationPort === undefined ? what : `${what} port ${destinationPort}`
}
