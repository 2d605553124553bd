import * as z from 'zod'
import { documentOf } from './document-schema.ts'
import { address, dnsLabel, fields, hostName, listOf, mtu, oneOf, port, text, wholeNumber } from './field-schemas.ts'
import type { Cloud, Lab } from './lab.ts'

const cloudSchema = fields({
  name: dnsLabel,
  nat: oneOf('one-to-one', 'masquerade', 'none'),
  sourceCheck: z.boolean({ error: 'true or false' }).exactOptional(),
  allow: listOf(fields({ protocol: oneOf('udp', 'tcp'), port }), '[{ protocol: udp, port: 51820 }]').default([]),
  mtu: mtu.default(1500),
  ipv6Mtu: mtu.exactOptional(),
  routerAdvertisements: z.boolean({ error: 'true or false' }).default(false),
  /** Seconds. */
  natTimeout: wholeNumber(1, 3600).exactOptional(),
}).transform(
  ({ name, nat, sourceCheck, allow, mtu, ipv6Mtu, routerAdvertisements, natTimeout }): Cloud => ({
    name,
    nat,
    // A cloud that gives each machine an address of its own looks at sources, unless that is switched off.
    sourceCheck: sourceCheck ?? nat === 'one-to-one',
    allow,
    mtuBytes: mtu,
    ...(ipv6Mtu === undefined ? {} : { ipv6MtuBytes: ipv6Mtu }),
    routerAdvertisements,
    ...(natTimeout === undefined ? {} : { natTimeoutSeconds: natTimeout }),
  }),
)

const specSchema = fields({
  clouds: listOf(cloudSchema, '[{ name: aws, nat: one-to-one }]'),
  nodes: z
    .record(text, fields({ cloud: dnsLabel }), { error: 'a map such as { aws-1: { cloud: other } }' })
    .default({}),
  podsPerNode: wholeNumber(0, 250).default(1),
  hosts: z
    .record(hostName, listOf(address, '[203.0.113.7]'), { error: 'a map such as { n1.example.net: [203.0.113.7] }' })
    .default({}),
  stores: oneOf('shared', 'own').default('shared'),
})

/** A DNS name is the same with a dot at its end (RFC 1034, 3.1). */
const withoutDot = (name: string): string => name.replace(/\.$/, '')

export const labSchema = documentOf('Lab', { spec: specSchema }).transform(
  ({ metadata, spec: { clouds, nodes, hosts, ...spec } }): Lab => ({
    name: metadata.name,
    clouds,
    placement: new Map(Object.entries(nodes).map(([node, { cloud }]) => [node, cloud])),
    hosts: new Map(Object.entries(hosts).map(([name, addresses]) => [withoutDot(name), addresses])),
    ...spec,
  }),
)
