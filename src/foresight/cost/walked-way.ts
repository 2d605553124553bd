// From machine to machine as packets go: a walk through the states, with the share of all that is sent that takes each leg.
import { type Branch, type CompiledNetwork, type Hop, type Packet, type ProbeEnd, walk } from '../../verifier/index.ts'
import { type Fraction, fraction, plus } from './fraction.ts'

export type WalkedLeg = {
  readonly from: string
  /** Undefined: outside. */
  readonly to: string | undefined
  /** Over the networks between the clouds. */
  readonly isPublic: boolean
  /** Of all that is sent. */
  readonly share: Fraction
  /** On the wire, for each packet of the sender. */
  readonly wireBytes: number
}

export type WalkedWay = {
  /** What is lost is in here up to where that happens. */
  readonly legs: readonly WalkedLeg[]
  readonly losses: readonly { readonly share: Fraction; readonly reason: string }[]
}

export type Ends = {
  readonly from: Exclude<ProbeEnd, { kind: 'outside' }>
  readonly to: ProbeEnd & Required<Pick<Extract<ProbeEnd, { kind: 'host' }>, 'address'>>
}

/** Of echo requests: what the networks below let through between machines is asked of the outer packets. */
export function walkWay(network: CompiledNetwork, { from, to }: Ends, sizeBytes: number): WalkedWay {
  const branches = walk(network, { node: from.node, from: from.kind }, {
    family: to.address.family,
    ...(from.address && { source: from.address }),
    destination: to.address,
    protocol: 'icmp',
    sizeBytes,
    mark: 0,
  } satisfies Omit<Packet, 'source'>)
  const legs = new Map<string, WalkedLeg>()
  const losses: { readonly share: Fraction; readonly reason: string }[] = []
  for (const branch of branches) {
    const share = fraction(1n, BigInt(branch.parts))
    for (const leg of legsOf(branch, share, sizeBytes)) {
      const key = `${leg.from} ${leg.to ?? ''} ${leg.isPublic} ${leg.wireBytes}`
      const before = legs.get(key)
      legs.set(key, before === undefined ? leg : { ...leg, share: plus(before.share, share) })
    }
    const reason = whyLost(branch, to)
    if (reason !== undefined) losses.push({ share, reason })
  }
  return { legs: [...legs.values()], losses }
}

function legsOf({ hops, verdict }: Branch, share: Fraction, sizeBytes: number): readonly WalkedLeg[] {
  const legBetween = (hop: Hop, to: string | undefined): WalkedLeg => ({
    from: hop.node,
    to,
    isPublic: hop.crossing?.kind === 'public',
    share,
    wireBytes: hop.wraps.reduce((sum, { addedBytes }) => sum + addedBytes, sizeBytes),
  })
  const between = hops.slice(1).map((next, index) => legBetween(hops[index] ?? next, next.node))
  const last = hops.at(-1)
  const end =
    verdict.kind === 'delivered' && last !== undefined
      ? [legBetween(last, 'node' in verdict.to ? verdict.to.node : undefined)]
      : []
  return [...between, ...end].filter((leg) => leg.from !== leg.to)
}

/** Undefined: it is not. */
function whyLost({ verdict }: Branch, end: ProbeEnd): string | undefined {
  switch (verdict.kind) {
    case 'too-big':
    case 'lost-at-size':
      return `${verdict.node}: packets of more than ${verdict.mtuBytes} bytes do not pass`
    case 'delivered': {
      const node = 'node' in verdict.to ? verdict.to.node : undefined
      return end.kind === 'outside' || node === end.node
        ? undefined
        : `it arrives at ${node ?? 'a machine outside'}, and not at ${end.node}`
    }
    default:
      return `${verdict.node}: ${verdict.reason}`
  }
}
