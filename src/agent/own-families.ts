// Which of a name's addresses this machine can speak to at all.
import type { Address, Family, Local, Node } from '../model/index.ts'

export type OwnFamilies = {
  /** What has them: `the underlay eth0`. */
  readonly of: string
  readonly families: readonly Family[]
}

/** Those by which the planner chooses among the addresses of a name. */
export const ownFamilies = (node: Node, underlay: Local['underlay']): OwnFamilies =>
  underlay?.families
    ? { of: `the underlay ${underlay.link}`, families: underlay.families }
    : { of: `Node ${node.name}`, families: familiesOf(node.privateAddresses.map(({ address }) => address)) }

/** A clause, as in `it has IPv6 only, the underlay eth0 IPv4 only`; undefined where there is one that will do, or none at all. */
export function unusableBecause(found: readonly Address[], own: OwnFamilies | undefined): string | undefined {
  if (found.length === 0 || own === undefined) return undefined
  const theirs = familiesOf(found)
  if (theirs.some((family) => own.families.includes(family))) return undefined
  return `it has ${nameOf(theirs)}, ${own.of} ${nameOf(own.families)}`
}

const familiesOf = (addresses: readonly Address[]): readonly Family[] =>
  ([4, 6] as const).filter((family) => addresses.some((address) => address.family === family))

const nameOf = ([one, other]: readonly Family[]): string => {
  if (one === undefined) return 'no address'
  return other === undefined ? `IPv${one} only` : `IPv${one} and IPv${other}`
}
