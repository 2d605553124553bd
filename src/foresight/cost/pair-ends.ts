// Between which addresses the packets of two machines go: their pods', IPv4 where both have it, else their own.
import type { Address } from '../../model/index.ts'
import type { End, MachineKinds } from '../../verifier/index.ts'
import type { Ends } from './walked-way.ts'

const FAMILIES = [4, 6] as const

/** Undefined where they have no family in common. `to` undefined: outside. */
export function endsBetween(
  { ends, outside }: Pick<MachineKinds, 'ends' | 'outside'>,
  from: number,
  to: number | undefined,
): Ends | undefined {
  for (const kind of ['pod', 'any'] as const)
    for (const family of FAMILIES) {
      const source = endIn(ends[from] ?? [], family, kind)
      const target =
        to === undefined ? outsideEnd(outside, family) : endIn(ends[to]?.filter(isFarAddress) ?? [], family, kind)
      if (source !== undefined && source.probe.kind !== 'outside' && target !== undefined)
        return { from: withoutChosen(source.probe), to: { ...target.probe, address: target.address } }
    }
  return undefined
}

/** Machines that stand for each other have the same one, whatever the order of their prefixes. */
function endIn(ends: readonly End[], family: 4 | 6, kind: 'pod' | 'any'): End | undefined {
  const own = ends.filter(({ address }) => address.family === family)
  const [first] = own
    .filter(({ probe }) => probe.kind === 'pod')
    .sort((a, b) => a.prefix.length - b.prefix.length || a.role - b.role)
  return first ?? (kind === 'any' ? own.find(({ probe }) => probe.kind === 'host') : undefined)
}

/** Not one that is known in its private network alone. */
const isFarAddress = ({ isNear }: End): boolean => isNear !== true

/** A machine takes the address that it would choose. */
const withoutChosen = (probe: Ends['from']): Ends['from'] =>
  probe.kind === 'host' ? { kind: 'host', node: probe.node } : probe

function outsideEnd(outside: readonly Address[], family: 4 | 6): Pick<End, 'probe' | 'address'> | undefined {
  const address = outside.find((one) => one.family === family)
  return address && { probe: { kind: 'outside', address }, address }
}
