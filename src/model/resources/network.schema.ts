import * as z from 'zod'
import type { Family } from '../address.ts'
import { documentOf } from './document-schema.ts'
import { fields, listOf, mtu, oneOf, port, prefix, text, wholeNumber } from './field-schemas.ts'
import type { Fabric, Network } from './network.ts'

export const fabricSchema = fields({
  kind: oneOf('direct', 'vxlan', 'ipip', 'wireguard', 'none'),
  encapsulate: oneOf('always', 'cross-subnet').default('always'),
  port: port.default(8472), // what Linux and Flannel take; IANA's 4789 is left to others
}) satisfies z.ZodType<Fabric>

export const mtuSchema = z.union([z.literal('auto'), mtu], { error: 'auto or a whole number from 576 to 65535' })

export const gatewaysPerSiteSchema = wholeNumber(1, 16)

const sitesSchema = fields({ by: oneOf('field', 'label', 'node'), label: text.exactOptional() }).transform(
  ({ by, label }, context): Network['sites'] => {
    if (by === 'label' && label !== undefined) return { by, label }
    if (by !== 'label' && label === undefined) return { by }
    const message = by === 'label' ? MISSING_LABEL : `label is of no use where sites are made by ${by}; leave it out`
    context.addIssue({ code: 'custom', message, path: by === 'label' ? [] : ['label'] })
    return { by: 'field' }
  },
)

const MISSING_LABEL = 'by: label needs a label, such as label: topology.kubernetes.io/region'

const FAMILY: { readonly [name in 'ipv4' | 'ipv6']: Family } = { ipv4: 4, ipv6: 6 }

const specSchema = fields({
  podPrefixes: listOf(prefix, '[10.42.0.0/16]').default([]),
  podPrefixLengths: fields({
    ipv4: wholeNumber(8, 30).exactOptional(),
    ipv6: wholeNumber(48, 124).exactOptional(),
  }).exactOptional(),
  servicePrefixes: listOf(prefix, '[10.43.0.0/16]').default([]),
  lan: prefix.exactOptional(),
  joinPrivateAddresses: z.boolean({ error: 'true or false' }).exactOptional(),
  sites: sitesSchema.default({ by: 'field' }),
  fabric: fabricSchema.default({ kind: 'direct', encapsulate: 'always', port: 8472 }),
  tunnel: fields({ kind: oneOf('wireguard'), port: port.default(51820) }).default({ kind: 'wireguard', port: 51820 }),
  encryption: oneOf('required', 'preferred').default('required'),
  gatewaysPerSite: gatewaysPerSiteSchema.default(1),
  masquerade: listOf(oneOf('ipv4', 'ipv6'), '[ipv4, ipv6]').default(['ipv4', 'ipv6']),
  mtu: mtuSchema.default('auto'),
})

export const networkSchema = documentOf('Network', { spec: specSchema }).transform(
  ({ metadata, spec }): Network => ({
    name: metadata.name,
    ...spec,
    // A network of neither pods nor a virtual LAN would join nothing at all.
    joinPrivateAddresses: spec.joinPrivateAddresses ?? (spec.podPrefixes.length === 0 && spec.lan === undefined),
    masquerade: (['ipv4', 'ipv6'] as const)
      .filter((name) => spec.masquerade.includes(name))
      .map((name) => FAMILY[name]),
  }),
)
