// What a change names that is not its machine's own.
import { equalAddresses, type Prefix } from '../../model/index.ts'
import type { PartChange } from './part-change.ts'
import type { Name } from './slot.ts'

/** Besides the addresses that the machine itself took up or gave up. */
export function foreignNames({ names, claims }: PartChange, gatewayAddresses: readonly Prefix[] = []): readonly Name[] {
  const own = [...claims, ...gatewayAddresses]
  return names.filter((name) => typeof name === 'string' || !own.some((one) => equalAddresses(one, name)))
}
