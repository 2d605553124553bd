import * as z from 'zod'
import { documentOf } from './document-schema.ts'
import {
  address,
  dnsLabel,
  fields,
  host,
  listOf,
  nodeName,
  oneOf,
  port,
  prefix,
  privateAddress,
  text,
} from './field-schemas.ts'
import type { Node } from './node.ts'
import { grantedFields } from './node-grant.schema.ts'

const NO_LABELS: Node['labels'] = Object.freeze({})

const endpointSchema = fields({
  host,
  port,
  /** The outer port of each slot, where NAT maps them. */
  ports: listOf(port, '[51820, 51821]')
    .min(1, { error: 'at least one port, that of the first slot; without `ports` they follow `port`' })
    .max(16, { error: 'at most 16 ports, one a slot' })
    .exactOptional(),
})

const specSchema = fields({
  site: dnsLabel.exactOptional(),
  privateAddresses: listOf(privateAddress, '[172.31.0.11/20]').min(1, {
    error: 'at least one address with its length',
  }),
  endpoint: endpointSchema.exactOptional(),
  podPrefixes: listOf(prefix, '[10.42.1.0/24]').default([]),
  offeredPrefixes: listOf(prefix, '[192.168.7.0/24]').default([]),
  lan: address.exactOptional(),
  gateway: oneOf('prefer', 'allow', 'never').default('allow'),
})

export const nodeSchema = documentOf('Node', {
  metadata: fields({ name: nodeName, labels: z.record(text, text, { error: 'a map of texts' }).default(NO_LABELS) }),
  spec: specSchema,
  granted: fields({
    ...grantedFields,
    /** Counted where `spec.podPrefixes` is empty. */
    podPrefixes: listOf(prefix, '[10.42.1.0/24]').exactOptional(),
  }).exactOptional(),
}).transform(
  ({ metadata, spec, granted }): Node => ({
    name: metadata.name,
    labels: metadata.labels,
    ...spec,
    podPrefixes: spec.podPrefixes.length > 0 ? spec.podPrefixes : (granted?.podPrefixes ?? []),
    ...(granted && { granted }),
  }),
)
