// What a walk says: hops, and how each way ends.
import type { Address, Endpoint, Entry, Family } from '../model/index.ts'
import type { Packet, Translation } from './packet.ts'

/** What an entry did to the packet. Entries are those of the NodeState, so that equal ones are one object. */
export type Step = {
  readonly kind:
    | 'rule'
    | 'route'
    | 'next-hop'
    | 'neighbour'
    | 'fdb'
    | 'device'
    | 'peer'
    | 'accepted-source'
    | 'filter'
    | 'setting'
  readonly entry: Entry
  /** Of a filter: the chain and the comment of the rule. */
  readonly note?: string
}

/** What the packet was wrapped in when it left the node; the outermost last. */
export type Wrap = {
  readonly kind: 'wireguard' | 'vxlan' | 'ipip'
  readonly link: string
  readonly from?: Endpoint
  readonly to: Endpoint
  /** Bytes that it adds to this packet. */
  readonly addedBytes: number
}

/** The networks between two hops. */
export type Crossing = {
  readonly kind: 'private' | 'public'
  /** By name, in the order of the way. */
  readonly networks: readonly string[]
  readonly isEncrypted: boolean
  /** Of the outermost packet, on the whole way. */
  readonly mtuBytes: number
}

export type Hop = {
  readonly node: string
  /** Where it came in: `pod`, `host` (made here), `behind` (a network behind the node), or the name of a link. */
  readonly from: string
  readonly lookedUp: Address
  readonly source: Address
  readonly steps: readonly Step[]
  /** What the packet's source became here. */
  readonly translatedTo?: Address
  readonly out?: { readonly link: string; readonly via?: Address }
  readonly wraps: readonly Wrap[]
  readonly crossing?: Crossing
  /** The largest packet of the sender that passes up to here without being split: its MTU so far. */
  readonly roomBytes: number
}

export type Destination =
  | { readonly kind: 'pod' | 'host' | 'behind'; readonly node: string }
  /** A machine that is none of ours: on the internet, or in a private network. */
  | { readonly kind: 'outside' }
  | { readonly kind: 'neighbourhood'; readonly network: string }

/** What stops packets, in words that are the same wherever it stops them. */
export type Cause = {
  /** A rule of the networks below, something on a machine, a key; or that neither side knows where the other is. */
  readonly kind: 'network' | 'machine' | 'key' | 'endpoint'
  readonly text: string
}

export type Verdict =
  | { readonly kind: 'delivered'; readonly to: Destination }
  | {
      readonly kind: 'dropped'
      readonly node: string
      readonly reason: string
      /** Which one did it, where one did. */
      readonly entry?: Entry
      /** Where others than this node have a part in it: what it can be put down to, both sides of a session included. */
      readonly causes?: readonly Cause[]
    }
  /** Refused with the message that says how much would pass (RFC 1191, RFC 8201). */
  | { readonly kind: 'too-big'; readonly node: string; readonly mtuBytes: number; readonly entry?: Entry }
  /** Lost at this size, and nobody says so. `mtuBytes`: of the sender's packets, what would pass. */
  | { readonly kind: 'lost-at-size'; readonly node: string; readonly mtuBytes: number; readonly reason: string }
  | { readonly kind: 'looped'; readonly node: string; readonly reason: string; readonly entry?: Entry }
  /** It crosses a public network, or would, without being encrypted. */
  | { readonly kind: 'leaked'; readonly node: string; readonly reason: string; readonly entry?: Entry }

/** One of the ways that a packet may take: next hops of one group are all tried. */
export type Branch = {
  readonly hops: readonly Hop[]
  /** Next hops of one group share flows evenly: this way takes one of so many equal parts of what was sent. */
  readonly parts: number
  readonly verdict: Verdict
  /** As it arrived, or as it was last. */
  readonly packet: Packet
  /** The largest packet that passes this way unsplit. */
  readonly roomBytes: number
  /** Larger ones are lost without a word; infinite where they are split or refused instead. */
  readonly lostAboveBytes: number
  readonly isSplit: boolean
  /** What may cut it off later, though it arrives today. */
  readonly warnings: readonly string[]
  readonly translations: readonly Translation[]
  /** Nodes whose connection tracking has seen the flow. */
  readonly trackedBy: ReadonlySet<string>
  /** A firewall that keeps state stopped it: it would have come to this node if the other end had spoken first. */
  readonly stoppedAtState?: { readonly node: string; readonly packet: Packet }
}

export type PacketClass = {
  readonly family: Family
  readonly source: Address
  readonly destination: Address
}
