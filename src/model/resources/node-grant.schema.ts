import { documentOf, nodeMetadata } from './document-schema.ts'
import { fields, text, wholeNumber } from './field-schemas.ts'
import type { NodeGrant } from './node-grant.ts'

/** Also in the field `granted` of a Node, where one document holds all of a node. */
export const grantedFields = {
  /** Any text: by label, a site may be named as no Site document can be. */
  site: text.exactOptional(),
  slot: wholeNumber(1, 16).exactOptional(),
}

export const nodeGrantSchema = documentOf('NodeGrant', {
  metadata: nodeMetadata,
  granted: fields(grantedFields),
}).transform(({ metadata, granted }): NodeGrant => ({ name: metadata.name, ...granted }))
