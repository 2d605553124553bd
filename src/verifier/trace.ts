// A connection between two ends: the way forth, and the way back of what answers, each on all its branches.
import { type Address, equalAddresses, type Family, formatAddress } from '../model/index.ts'
import type { CompiledNetwork } from './compiled-network.ts'
import type { Branch, Destination, Verdict } from './hop.ts'
import type { Packet } from './packet.ts'
import { type Start, walk } from './walk.ts'

/** One end: in a pod, a machine itself, a network behind one, or anywhere else (`outside`, as a destination alone). */
export type ProbeEnd =
  | { readonly kind: 'pod' | 'behind'; readonly node: string; readonly address: Address }
  /** Without an address the machine takes the one that it would choose; a destination needs one. */
  | { readonly kind: 'host'; readonly node: string; readonly address?: Address }
  | { readonly kind: 'outside'; readonly address: Address }

export type Probe = {
  readonly from: Exclude<ProbeEnd, { kind: 'outside' }>
  readonly to: ProbeEnd & { readonly address: Address }
  readonly protocol: 'icmp' | 'tcp' | 'udp'
  /** Destination port of TCP and UDP. */
  readonly port?: number
  /** Of the IP packet; answers are as large. */
  readonly sizeBytes?: number
}

export type Trace = {
  readonly probe: Probe
  readonly family: Family
  /** Every way of the packet. */
  readonly forth: readonly Branch[]
  /** Every way of the answer, from wherever the packet arrived. None where it arrived nowhere, or outside. */
  readonly back: readonly Branch[]
  /** `delivered` only where all branches of both directions are; else the verdict of the first that is not. */
  readonly verdict: Verdict
  readonly direction: 'forth' | 'back'
  /** The largest packet that every branch of both directions carries unsplit. */
  readonly mtuBytes: number
}

/** An echo of `ping` without options: 56 bytes of data. */
const PING_BYTES = { 4: 84, 6: 104 } as const
const CLIENT_PORT = 40_000

/** Throws where no state of the sender was given. */
export function traceProbe(network: CompiledNetwork, probe: Probe): Trace {
  const { from, to, protocol, port } = probe
  const { family } = to.address
  const isPorted = protocol !== 'icmp'
  const forth = walk(network, startOf(from), {
    family,
    ...(from.address && { source: from.address }),
    destination: to.address,
    protocol,
    ...(isPorted && { sourcePort: CLIENT_PORT, ...(port !== undefined && { destinationPort: port }) }),
    sizeBytes: probe.sizeBytes ?? PING_BYTES[family],
    mark: 0,
  }).map((branch) => asMeant(branch, to))
  const back = answersTo(forth, probe, network)
  const badForth = forth.find(isBad)
  const bad = badForth ?? back.find(isBad)
  const verdict: Verdict = bad?.verdict ??
    forth[0]?.verdict ?? { kind: 'dropped', node: from.node, reason: 'it went no way' }
  const mtuBytes = Math.min(...[...forth, ...back].map(({ roomBytes }) => roomBytes))
  return {
    probe,
    family,
    forth,
    back,
    verdict,
    direction: badForth === undefined && bad !== undefined ? 'back' : 'forth',
    mtuBytes,
  }
}

const startOf = ({ kind, node }: Probe['from']): Start => ({ node, from: kind })
const isBad = ({ verdict }: Branch): boolean => verdict.kind !== 'delivered'

/** What arrives elsewhere has not arrived. */
function asMeant(branch: Branch, end: ProbeEnd): Branch {
  const { verdict } = branch
  if (verdict.kind !== 'delivered' || isMeant(verdict.to, end)) return branch
  const at = branch.hops.at(-1)?.node ?? ''
  const reason = `it arrives at ${describe(verdict.to)}, and not at ${describe(end)}`
  return { ...branch, verdict: { kind: 'dropped', node: at, reason } }
}

const isMeant = (to: Destination, end: ProbeEnd): boolean =>
  end.kind === 'outside'
    ? to.kind === 'outside' || to.kind === 'neighbourhood'
    : 'node' in to && to.node === end.node && to.kind === end.kind

const describe = (end: Destination | ProbeEnd): string => {
  if (end.kind === 'outside') return 'an address outside'
  if (end.kind === 'neighbourhood') return `network ${end.network}`
  return { pod: 'a pod of ', host: '', behind: 'the network behind ' }[end.kind] + end.node
}

function answersTo(
  forth: readonly Branch[],
  { from, to: { address: asked } }: Probe,
  network: CompiledNetwork,
): readonly Branch[] {
  const answered = new Set<string>()
  return forth.flatMap((branch) => {
    const { verdict, packet } = branch
    if (verdict.kind !== 'delivered') return []
    if (forth.length > 1) {
      const key = `${JSON.stringify(verdict.to)} ${formatAddress(packet.source)} ${branch.translations.length}`
      if (answered.has(key)) return []
      answered.add(key)
    }
    const last = branch.hops.at(-1)
    const handedOver = last?.translatedTo ?? last?.source ?? packet.source
    if (!('node' in verdict.to)) {
      const unanswered = unanswerable(branch, network, handedOver)
      if (unanswered.length > 0) return unanswered
    }
    const original = branch.hops[0]?.source ?? packet.source
    const { source: destination, destination: source, sourcePort, destinationPort } = packet
    const answer: Packet = {
      family: packet.family,
      source,
      destination,
      protocol: packet.protocol,
      ...(destinationPort !== undefined && { sourcePort: destinationPort }),
      ...(sourcePort !== undefined && { destinationPort: sourcePort }),
      sizeBytes: packet.sizeBytes,
      mark: 0,
      answer: {
        node: from.node,
        address: original,
        asked: { address: asked },
        translations: branch.translations,
        trackedBy: branch.trackedBy,
      },
    }
    // From outside it comes back to the machine that sent it out, under the address by which that did.
    const [start, back]: readonly [Start, Packet] =
      'node' in verdict.to
        ? [{ node: verdict.to.node, from: verdict.to.kind }, answer]
        : [
            { node: last?.node ?? from.node, from: 'behind' },
            { ...answer, source: asked, destination: handedOver },
          ]
    return walk(network, start, back).map((one) => asMeant(one, from))
  })
}

/** Where the network's NAT shows an address of its own, its router knows the way to its machines alone, and not to the pods on them. */
function unanswerable(branch: Branch, { index }: CompiledNetwork, handedOver: Address): readonly Branch[] {
  const sender = branch.hops.at(-1)?.node ?? ''
  const own = index.underlay.hosts.get(sender)?.addresses ?? []
  if (!own.some(({ address }) => equalAddresses(address, handedOver))) {
    const reason = `nobody brings the answer for ${formatAddress(handedOver)} back to ${sender}, which put no address of its own in`
    return [{ ...branch, verdict: { kind: 'dropped', node: sender, reason } }]
  }
  return []
}
