// The first lines of an agent's status: who it is, on what it stands, and how it is.
import type { AgentStatus } from '../agent/index.ts'
import { ageOf } from './status-units.ts'

export function renderHead(status: AgentStatus, now: number): readonly (readonly string[])[] {
  const { world, store, ready, lan, liveness } = status
  return [
    ['node', placeOf(status)],
    ['ready', ready.ready ? 'yes' : 'no'],
    ['converged', ready.converged ? 'yes' : 'no'],
    ['public key', status.publicKey],
    ['wireguard', status.wireguard],
    ['underlay', underlayOf(status)],
    ...(lan === undefined
      ? []
      : [
          ['lan', lan.address],
          ['MTU for another network on top', `${lan.mtuBytes} (inside a vxlan of its own: ${lan.vxlanMtuBytes})`],
        ]),
    ['world', `${world.revision ?? 'none'} from ${world.source}, ${world.nodes} nodes`],
    ['store', `${store.kind} for ${ageOf(store.since, now)}${'message' in store ? `: ${store.message}` : ''}`],
    ['running for', ageOf(status.startedAt, now)],
    ...(liveness === undefined ? [] : [['taken for dead', deadOf(liveness)]]),
    ...(status.podsError === undefined ? [] : [['pods', `none is added or deleted: ${status.podsError}`]]),
    ...(status.error === undefined ? [] : [['error', status.error]]),
  ]
}

function placeOf({ node, site, role, slot }: AgentStatus): string {
  if (site === undefined) return node
  return `${node}, ${role} of site ${site}${slot === undefined ? '' : `, slot ${slot}`}`
}

function underlayOf({ underlay, missingUnderlay }: AgentStatus): string {
  if (underlay !== undefined) {
    const { link, mtuBytes, ipv6MtuBytes } = underlay
    const ipv6 = ipv6MtuBytes === undefined ? '' : ` (IPv6: ${ipv6MtuBytes})`
    return `${link}${mtuBytes === undefined ? '' : `, ${mtuBytes} bytes${ipv6}`}`
  }
  if (missingUnderlay === undefined) return 'unknown: this node has no private address'
  const { privateAddresses, found } = missingUnderlay
  return `missing: no link has ${privateAddresses.join(' or ')}; there is ${found.length === 0 ? 'no address' : found.join(', ')}`
}

const deadOf = ({ deadNodes, deadLegs, source }: NonNullable<AgentStatus['liveness']>): string =>
  [...deadNodes, ...deadLegs.map(([from, to]) => `leg ${from}-${to}`), source].join(', ')
