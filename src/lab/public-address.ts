// Under which addresses a lab's internet knows a node: those of its endpoint, also where that is a name.
import type { Address, Lab, Node } from '../model/index.ts'

/** In the order of `spec.hosts` where the endpoint is a name; none for a name that stands nowhere. */
export function publicAddresses({ endpoint }: Node, { hosts }: Pick<Lab, 'hosts'>): readonly Address[] {
  if (endpoint === undefined) return []
  return typeof endpoint.host === 'string' ? (hosts.get(endpoint.host.replace(/\.$/, '')) ?? []) : [endpoint.host]
}
