// Faults of WireGuard's settings.
import { equalPrefixes, formatEndpoint, formatPrefix, type WireguardPeer } from '../../src/model/index.ts'
import { changing, standingOf } from './broken-entry.ts'
import type { Breaker } from './fault.ts'
import { keyPairOf } from './random-keys.ts'

/** What it brings from there is refused, and what goes there has no peer. */
export const removeAllowedIp: Breaker = async (_, node, pick) => {
  const peer = pick((await standingOf(node, 'wireguard-peer')).filter(({ allowedIps }) => allowedIps.length > 0))
  const prefix = pick(peer?.allowedIps ?? [])
  if (!peer || !prefix) return undefined
  const entry = { ...withoutEndpoint(peer), allowedIps: peer.allowedIps.filter((own) => !equalPrefixes(own, prefix)) }
  const text = `${formatPrefix(prefix)} is no allowed IP of ${peer.publicKey} on ${peer.link}`
  return changing(node, text, [{ op: 'update', entry, observed: peer }])
}

/** The device's own, or that under which it knows a peer. */
export const spoilKey: Breaker = async (lab, node, pick) => {
  const { privateKey, publicKey } = keyPairOf(`${node.name} ${lab.privateKeys.size}`)
  const peer = pick(await standingOf(node, 'wireguard-peer'))
  const device = pick(await standingOf(node, 'wireguard-device'))
  if (!peer || !device) return undefined
  if (pick([0, 1]) === 0)
    return changing(node, `another key for peer ${peer.publicKey} on ${peer.link}`, [
      { op: 'delete', entry: peer },
      { op: 'create', entry: { ...peer, publicKey } },
    ])
  lab.privateKeys.set(publicKey, privateKey)
  return changing(node, `another private key on ${device.link}`, [
    { op: 'update', entry: { ...device, publicKey }, observed: device },
  ])
}

/** To a port where nobody listens: whoever is heard from all the same is answered where he is. */
export const moveEndpoint: Breaker = async (_, node, pick) => {
  const peers = await standingOf(node, 'wireguard-peer')
  const peer = pick(peers.filter(({ endpoint }) => endpoint !== undefined))
  if (!peer?.endpoint) return undefined
  const endpoint = { ...peer.endpoint, port: peer.endpoint.port + 77 }
  const text = `peer ${peer.publicKey} on ${peer.link} is looked for at ${formatEndpoint(endpoint)}`
  return changing(node, text, [{ op: 'update', entry: { ...peer, endpoint }, observed: peer }])
}

const withoutEndpoint = ({ endpoint: _, ...peer }: WireguardPeer): WireguardPeer => peer
