/** What may be broken in a lab. */
export const FAULT_KINDS = [
  'allowed IP removed',
  'peer removed',
  'wrong key',
  'endpoint moved',
  'route removed',
  'rule removed',
  'next hop removed',
  'neighbour removed',
  'forwarding entry removed',
  'address removed',
  'filter rule added',
  'link down',
  'MTU of a link',
  'MTU of the underlay',
  'port closed in a cloud',
  'port closed on a node',
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]
