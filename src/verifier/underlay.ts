// The picture of the networks under Damask: who reaches whom before there is any tunnel, and what is let through on the way.
// Plain data: a lab's layout says it exactly, a user may declare it, and `deriveUnderlay` guesses it from a World.
import type { Address, Family, Prefix, PrivateAddress } from '../model/index.ts'

export type Underlay = {
  /** Every machine that has a NodeState, by node name. A node that stands nowhere here reaches nothing. */
  readonly hosts: ReadonlyMap<string, UnderlayHost>
  /** By name. Never is a packet for a private address carried from one to another. */
  readonly networks: ReadonlyMap<string, UnderlayNetwork>
  /** What the lines between the networks take. Families that nobody carries between networks stand in none of them. */
  readonly internet: { readonly mtuBytes: number; readonly families: readonly Family[] }
}

/** One machine: its link into one private network, and what other programs on it do to packets. */
export type UnderlayHost = {
  readonly node: string
  /** The network that it stands in. */
  readonly network: string
  /**
   * Its wire: hosts of one network and one segment are on one layer 2, and reach each other's link-local addresses. Between the
   * segments of a network its router forwards (`routesBetweenSegments`).
   */
  readonly segment: string
  /** What its routes call the link (`eth0`). Left out: every name that is no link of ours, as `$NIC` in plans from files. */
  readonly link?: string
  /** Its own addresses on the link, with the length of their subnets: those subnets are connected routes of its main table. */
  readonly addresses: readonly PrivateAddress[]
  /** Families in which its main table has a default route by this link. */
  readonly defaultRoutes: readonly Family[]
  /** Further routes of its main table. `via` left out: straight by the link. */
  readonly routes?: readonly { readonly to: Prefix; readonly via?: Address }[]
  /** Networks behind it, by links that are neither ours nor this one: what it sends there arrives. */
  readonly behind?: readonly Prefix[]
  /** Of the link, and for IPv6 alone where that is another. Left out: those of the network. */
  readonly mtuBytes?: number
  readonly ipv6MtuBytes?: number
  /** What other programs' filters let into the machine itself (INPUT). Left out: everything. */
  readonly input?: Firewall
  /** What they let it send (OUTPUT): also its own encrypted and encapsulated packets. Left out: everything. */
  readonly output?: Firewall
  /** What they let it forward (FORWARD): matched against the inner packet. Left out: everything. */
  readonly forward?: Firewall
}

/** A private network: a VPC, a LAN, a cloud of a lab. */
export type UnderlayNetwork = {
  readonly name: string
  /** Its own address range: what its router takes to be inside, on whichever segment. Both families. */
  readonly prefixes: readonly Prefix[]
  /** Of its wires, and for IPv6 alone where that is another. */
  readonly mtuBytes: number
  readonly ipv6MtuBytes?: number
  /** Its wires drop fragments of IPv6 (RFC 7872): an outer packet that is too large is lost, not slow. */
  readonly dropsIpv6Fragments: boolean
  readonly routesBetweenSegments: boolean
  /** At each machine's port: drops what leaves with a source, or arrives with a destination, that is not the machine's own. */
  readonly sourceCheck: boolean
  /** Between machines of it, also on one wire (a security group): matched on the outer packet. Left out: everything. */
  readonly inside?: Firewall
  /** Its way to the internet. Left out: none, in either direction. */
  readonly uplink?: Uplink
  /** Machines are known to each other but nobody said how the network looks: nothing is refused that could be. */
  readonly isAssumed?: true
}

/** What stands between a private network and the internet. All of it is stateful: an answer to what was let through passes. */
export type Uplink = {
  /** Families that it carries. */
  readonly families: readonly Family[]
  /** Towards the internet, and for IPv6 alone where that is another. */
  readonly mtuBytes: number
  readonly ipv6MtuBytes?: number
  readonly nat: UnderlayNat
  /** What may begin from the internet; port forwards are asked besides (`isLetIn`). */
  readonly fromInternet: Firewall
  /** What may begin from inside. Left out: everything. */
  readonly toInternet?: Firewall
  /**
   * A packet from inside to a public address of the same network is turned round at the router, through `translations` and
   * `forwards`, and comes out under the sender's public address.
   */
  readonly hairpins: boolean
}

export type UnderlayNat =
  /** Machines have public addresses of their own, and the router only forwards. */
  | { readonly kind: 'none' }
  /** A public address is one machine's, both ways. Of several, the first of a family is the one for what goes out. */
  | { readonly kind: 'one-to-one'; readonly translations: readonly AddressTranslation[] }
  /**
   * Machines share `outside`, one a family for what goes out. Mapping and filtering depend on the endpoint (RFC 4787): from the
   * internet only answers to sessions that were opened from inside come in, and what a forward names.
   */
  | {
      readonly kind: 'masquerade'
      readonly outside: readonly Address[]
      readonly forwards: readonly UnderlayPortForward[]
      /** What a forward names comes in whatever `fromInternet` says. */
      readonly isLetIn: boolean
      /** A UDP flow is forgotten after this many silent seconds: a slower PersistentKeepalive does not hold it open. */
      readonly timeoutSeconds?: number
    }

export type AddressTranslation = { readonly node: string; readonly outside: Address; readonly inside: Address }

/** UDP: what arrives for the one outside goes to the one inside, and leaves under it. */
export type UnderlayPortForward = {
  readonly node: string
  readonly outside: Address
  readonly outsidePort: number
  readonly inside: Address
  readonly insidePort: number
}

/** The first rule that fits decides, else `otherwise`. Answers to what was let through pass without being asked. */
export type Firewall = { readonly rules: readonly FirewallRule[]; readonly otherwise: 'accept' | 'drop' }

/** All that is said must hold. */
export type FirewallRule = {
  readonly verdict: 'accept' | 'drop'
  /** IP protocol: `udp` 17, `tcp` 6, `icmp` 1 (58 in IPv6), `ipip` 4, `esp` 50. */
  readonly protocol?: UnderlayProtocol
  /** Destination port of UDP or TCP. */
  readonly port?: number
  readonly from?: Prefix
  readonly to?: Prefix
  /** Said in a trace: `security group of aws`, `iptables on gcp-1`. */
  readonly name?: string
}

export type UnderlayProtocol = 'udp' | 'tcp' | 'icmp' | 'ipip' | 'esp'

export const ACCEPT_ALL: Firewall = { rules: [], otherwise: 'accept' }
