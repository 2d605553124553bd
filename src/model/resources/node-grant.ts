/** What the controller granted a node, and nobody else may: kept while the node lives, so that others need not change. */
export type NodeGrant = {
  readonly name: string
  /** Its slot among the gateways of its site, from 1. Left out: none. */
  readonly slot?: number
}
