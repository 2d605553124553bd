import * as z from 'zod'
import { type PublicKey, tryPublicKey } from '../public-key.ts'
import { documentOf, nodeMetadata } from './document-schema.ts'
import { clip, fields, listOf, mtu, privateAddress, text } from './field-schemas.ts'
import type { NodeStatus } from './node-status.ts'

const publicKey = z.string({ error: 'a public key in base64' }).transform((source, context): PublicKey => {
  const key = tryPublicKey(source)
  if (key !== undefined) return key
  context.addIssue({ code: 'custom', message: `"${clip(source)}" is not a WireGuard public key: 32 bytes in base64` })
  return z.NEVER
})

const statusSchema = fields({
  publicKey: publicKey.exactOptional(),
  /** Bytes. */
  underlayMtu: mtu.exactOptional(),
  underlayIpv6Mtu: mtu.exactOptional(),
  addresses: listOf(privateAddress, '[172.31.0.11/20]').exactOptional(),
  conditions: listOf(fields({ type: text, message: text }), '[{ type: Clash, message: … }]').exactOptional(),
})

export const nodeStatusSchema = documentOf('NodeStatus', { metadata: nodeMetadata, status: statusSchema }).transform(
  ({ metadata, status: { underlayMtu, underlayIpv6Mtu, ...status } }): NodeStatus => ({
    name: metadata.name,
    ...status,
    ...(underlayMtu === undefined ? {} : { underlayMtuBytes: underlayMtu }),
    ...(underlayIpv6Mtu === undefined ? {} : { underlayIpv6MtuBytes: underlayIpv6Mtu }),
  }),
)
