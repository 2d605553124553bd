// What is no fault, or not yet: who does not reach the outside, and what may cut off later what arrives today.
import { countOf } from '../../render/index.ts'
import type { PairClass, Proof } from '../../verifier/index.ts'
import { reasonOf } from './class-causes.ts'
import { shapeOf } from './shape.ts'
import { machinesText, type ToldProof } from './sides.ts'

export function outsideText(told: ToldProof): readonly string[] {
  const lost = told.proof.pairClasses.flatMap(({ from, to, toEnd, outcome: { verdict, isBare } }) =>
    to === undefined && !isBare && verdict.kind !== 'delivered'
      ? [{ from, family: toEnd.address.family, reason: reasonOf(verdict) }]
      : [],
  )
  const isName = new Set(told.proof.names)
  return [...Map.groupBy(lost, ({ family, reason }) => `${family} ${shapeOf(reason, isName)}`).values()].map(
    (group) => {
      const [first] = group
      const isOne = group.every(({ reason }) => reason === first?.reason)
      const kinds = [...new Set(group.map(({ from }) => from))]
      return `note: what is outside is not reached over IPv${first?.family} by ${machinesText(told, kinds)}: ${isOne ? '' : 'for one, '}${first?.reason}`
    },
  )
}

/** Those that differ in the names of nodes alone are told once. */
export function warningsText({ names }: Proof, arriving: readonly PairClass[]): readonly string[] {
  const isName = new Set(names)
  const said = arriving.flatMap(({ outcome, pairs }) => outcome.warnings.map((text) => ({ text, pairs })))
  return [...Map.groupBy(said, ({ text }) => shapeOf(text, isName)).values()].map((group) => {
    const pairs = group.reduce((sum, one) => sum + one.pairs, 0)
    const more = group.some(({ text }) => text !== group[0]?.text) ? ', and others like it' : ''
    return `warning: ${group[0]?.text}${more}: ${countOf(pairs, 'pair')} ${pairs === 1 ? 'depends' : 'depend'} on that`
  })
}
