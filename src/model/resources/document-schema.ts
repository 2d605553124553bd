// What every document has: apiVersion, kind, metadata, and a body under `spec` or `status`.
import * as z from 'zod'
import { dnsLabel, fields, nodeName } from './field-schemas.ts'
import type { ResourceKind } from './resource.ts'

export const API_VERSION = 'damask.dev/v1alpha1'

/** `metadata` of the kinds that have no labels. */
export const metadata = fields({ name: dnsLabel })

/** `metadata` of what is of a node and has its name. */
export const nodeMetadata = fields({ name: nodeName })

export const documentOf = <Kind extends ResourceKind, Body extends z.core.$ZodLooseShape>(kind: Kind, body: Body) =>
  fields({ apiVersion: z.literal(API_VERSION), kind: z.literal(kind), metadata, ...body })
