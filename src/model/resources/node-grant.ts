/** What the controller granted a node, and nobody else may: kept while the node lives, so that others need not change. */
export type NodeGrant = Granted & { readonly name: string }

export type Granted = {
  /** The site that it was granted in: in another it counts for nothing. Left out: wherever the node is. */
  readonly site?: string
  /** Its slot among the gateways of its site, from 1. Left out: none. */
  readonly slot?: number
}

/**
 * The slot that counts for a node in a site. A node that comes from another site must not bring a slot along, and throw out
 * whoever has it here.
 */
export const slotGrantedIn = (siteName: string, granted: Granted | undefined): number | undefined =>
  granted?.site === undefined || granted.site === siteName ? granted?.slot : undefined
