// A proof as plain data that another program can check: who is of one kind, how each two kinds fare, and of what input.
import { formatAddress, formatPrefix, keyOf } from '../../model/index.ts'
import type { End } from './ends.ts'
import type { PairClass, Proof } from './prove.ts'

export const CERTIFICATE_FORM = 'damask proof 1'

export type Certificate = {
  readonly form: typeof CERTIFICATE_FORM
  /** Hashes of what was proved: names and values are the caller's. */
  readonly inputs: Readonly<Record<string, string>>
  readonly pairs: number
  /** Of every kind its groups of machines, one for each private network. */
  readonly kinds: readonly (readonly (readonly string[])[])[]
  readonly classes: readonly CertifiedClass[]
}

export type CertifiedClass = {
  readonly from: number
  /** Null: outside. */
  readonly to: number | null
  readonly relation: PairClass['relation']
  readonly source: CertifiedEnd
  readonly destination: CertifiedEnd
  readonly pairs: number
  readonly verdict: Readonly<Record<string, unknown>>
  readonly direction: string
  readonly mtuBytes: number | null
  readonly lostAboveBytes: number | null
  readonly isBare: boolean
  readonly warnings: readonly string[]
}

/** Of the witness. `region`: where all addresses fare alike. */
export type CertifiedEnd = {
  readonly kind: string
  readonly node: string | null
  readonly address: string
  readonly region: string
}

/** Throws for a proof that is not whole: its kinds overlap, and a check would refuse them. */
export function certificateOf(proof: Proof, inputs: Readonly<Record<string, string>>): Certificate {
  if (!proof.isWhole) throw new Error('cannot certify a proof of a change: prove the network as a whole (proveNetwork)')
  return {
    form: CERTIFICATE_FORM,
    inputs,
    pairs: proof.pairs,
    kinds: namedKinds(proof),
    classes: proof.pairClasses.map(certifiedClass),
  }
}

export const namedKinds = ({ kinds, names }: Proof): Certificate['kinds'] =>
  kinds.map(({ groups }) => groups.map((group) => group.map((machine) => names[machine] ?? '')))

function certifiedClass({ from, to, relation, fromEnd, toEnd, pairs, outcome }: PairClass): CertifiedClass {
  const { verdict, direction, mtuBytes, lostAboveBytes, isBare, warnings } = outcome
  const { entry, ...rest } = { entry: undefined, ...verdict }
  const said = entry === undefined ? rest : { ...rest, entry: keyOf(entry), because: entry.because }
  return {
    from,
    to: to ?? null,
    relation,
    source: certifiedEnd(fromEnd),
    destination: certifiedEnd(toEnd),
    pairs,
    verdict: said,
    direction,
    mtuBytes: finite(mtuBytes),
    lostAboveBytes: finite(lostAboveBytes),
    isBare,
    warnings,
  }
}

/** Null: there is no bound. */
const finite = (bytes: number): number | null => (Number.isFinite(bytes) ? bytes : null)

const certifiedEnd = ({ probe, address, prefix }: End): CertifiedEnd => ({
  kind: probe.kind,
  node: 'node' in probe ? probe.node : null,
  address: formatAddress(address),
  region: formatPrefix(prefix),
})
