// What became of a WireGuard peer: its allowed IPs are looked up by prefix, all else of it is its machine's.
import type { Entry } from '../../model/index.ts'
import { type Gathered, takeLists } from './gathered-change.ts'
import { isSamePeer } from './same-entry.ts'

export type Peer = Extract<Entry, { kind: 'wireguard-peer' }>

export function takePeers(into: Gathered, before: Peer | undefined, after: Peer | undefined): void {
  if (before === undefined || after === undefined || !isSamePeer(before, after)) {
    into.isAltered = true
    for (const peer of [before, after])
      if (peer !== undefined) into.names.push(keyName(peer), ...(peer.endpoint ? [peer.endpoint.address] : []))
  }
  const peer = before ?? after
  if (peer === undefined) return
  const slot = { text: `allowed ${peer.link}`, names: [keyName(peer)] }
  takeLists(into, `allowed ${peer.link}`, slot, before?.allowedIps ?? [], after?.allowedIps ?? [])
}

const keyName = ({ publicKey }: Peer): string => `key ${publicKey}`
