import { documentOf } from './document-schema.ts'
import { fields } from './field-schemas.ts'
import { fabricSchema, gatewaysPerSiteSchema, mtuSchema } from './network.schema.ts'
import type { Site } from './site.ts'

const specSchema = fields({
  fabric: fabricSchema.exactOptional(),
  gatewaysPerSite: gatewaysPerSiteSchema.exactOptional(),
  mtu: mtuSchema.exactOptional(),
})

export const siteSchema = documentOf('Site', { spec: specSchema }).transform(
  ({ metadata, spec }): Site => ({ name: metadata.name, ...spec }),
)
