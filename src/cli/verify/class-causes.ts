// What may have stopped the pairs of a class: candidates for a cause that it shares with other classes.
import type { Entry } from '../../model/index.ts'
import type { Crossing, PairClass, Trace, Verdict } from '../../verifier/index.ts'
import type { Candidate } from './cover.ts'
import { shapeOf } from './shape.ts'

/** Of pairs that do not arrive. */
export function causesOfLoss({ outcome, from, to }: PairClass): readonly Candidate[] {
  const { verdict, direction } = outcome
  if (verdict.kind === 'delivered') return []
  if (verdict.kind === 'dropped' && verdict.causes !== undefined) {
    const known = verdict.causes.filter(({ kind }) => kind !== 'endpoint')
    return (known.length > 0 ? known : verdict.causes.slice(0, 1)).map(({ text }) => ({
      key: shapeOf(text),
      text,
    }))
  }
  const reason = reasonOf(verdict)
  const what = `${verdict.kind} ${'entry' in verdict ? ownerOf(verdict.entry) : ''} ${shapeOf(reason)}`
  const isNamed = reason.split(/[\s:,;]+/).includes(verdict.node)
  const target = direction === 'back' ? from : to
  return [
    { key: `at ${verdict.node}: ${what}`, text: isNamed ? reason : `${verdict.node}: ${reason}` },
    // The same on all machines that send there: they have one cause in common, and it is not on any of them.
    { key: `towards kind ${target}: ${what}`, text: reason },
  ]
}

export const reasonOf = (verdict: Exclude<Verdict, { kind: 'delivered' }>): string =>
  'reason' in verdict ? verdict.reason : `more than ${verdict.mtuBytes} bytes do not pass`

const ownerOf = (entry: Entry | undefined): string => `${entry?.kind} ${entry?.because[0]?.resource}`

/** Of pairs that are in the clear on a public network, or would be: the machine that sends so, or a network where it leaves. */
export function causesOfBareness({ forth, back }: Trace): readonly Candidate[] {
  const hop = [...forth, ...back]
    .flatMap(({ hops }) => hops)
    .find(({ crossing }) => crossing?.kind === 'public' && !crossing.isEncrypted)
  return hop?.crossing === undefined ? [] : placesOf(hop.node, hop.crossing)
}

/** Of pairs whose larger packets are lost without a word; none where somebody is told after all. `trace`: of such a packet. */
export function causesOfSilence({ verdict, direction, forth, back }: Trace): readonly Candidate[] {
  if (verdict.kind !== 'lost-at-size') return []
  const branch = (direction === 'forth' ? forth : back).find((one) => one.verdict === verdict)
  const crossing = branch?.hops.at(-1)?.crossing
  return crossing === undefined ? [] : placesOf(verdict.node, crossing)
}

const placesOf = (node: string, { networks }: Crossing): readonly Candidate[] => {
  const way = networks.join(' > ')
  return [
    { key: `from ${node}`, text: `from ${node} over ${way}` },
    ...networks
      .filter((name) => name !== 'internet')
      .map((name) => ({ key: `at ${name}`, text: `where ${name} is on the way (${way})` })),
  ]
}
