import * as z from 'zod'
import { documentOf } from './document-schema.ts'
import { dnsLabel, fields, listOf, mtu, oneOf, port, text, wholeNumber } from './field-schemas.ts'
import type { Cloud, Lab } from './lab.ts'

const cloudSchema = fields({
  name: dnsLabel,
  nat: oneOf('one-to-one', 'masquerade', 'none'),
  sourceCheck: z.boolean({ error: 'true or false' }).exactOptional(),
  allow: listOf(fields({ protocol: oneOf('udp', 'tcp'), port }), '[{ protocol: udp, port: 51820 }]').default([]),
  mtu: mtu.default(1500),
}).transform(
  ({ name, nat, sourceCheck, allow, mtu }): Cloud => ({
    name,
    nat,
    // A cloud that gives each machine an address of its own looks at sources, unless that is switched off.
    sourceCheck: sourceCheck ?? nat === 'one-to-one',
    allow,
    mtuBytes: mtu,
  }),
)

const specSchema = fields({
  clouds: listOf(cloudSchema, '[{ name: aws, nat: one-to-one }]'),
  nodes: z
    .record(text, fields({ cloud: dnsLabel }), { error: 'a map such as { aws-1: { cloud: other } }' })
    .default({}),
  podsPerNode: wholeNumber(0, 250).default(1),
})

export const labSchema = documentOf('Lab', { spec: specSchema }).transform(
  ({ metadata, spec: { clouds, nodes, podsPerNode } }): Lab => ({
    name: metadata.name,
    clouds,
    placement: new Map(Object.entries(nodes).map(([node, { cloud }]) => [node, cloud])),
    podsPerNode,
  }),
)
