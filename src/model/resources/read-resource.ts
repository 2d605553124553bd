// One document, as YAML or JSON gave it, to the resource that it is of; or all that is wrong with it.
import type { z } from 'zod'
import { API_VERSION } from './document-schema.ts'
import { describe, explainIssues, type FieldProblem } from './explain-issue.ts'
import { nodeName } from './field-schemas.ts'
import { labSchema } from './lab.schema.ts'
import { hint, nearestName } from './nearest-name.ts'
import { networkSchema } from './network.schema.ts'
import { nodeSchema } from './node.schema.ts'
import { nodeGrantSchema } from './node-grant.schema.ts'
import { nodeStatusSchema } from './node-status.schema.ts'
import type { Resource, ResourceKind } from './resource.ts'
import { siteSchema } from './site.schema.ts'

/** What a document that cannot be used may have been of. What is missing because of it is no second error. */
export type Claim = {
  /** Left out: may be any. */
  readonly kind?: ResourceKind
  readonly name?: string
}

export type ReadResource =
  | { readonly kind: 'resource'; readonly resource: Resource }
  | { readonly kind: 'broken'; readonly claim: Claim; readonly problems: readonly FieldProblem[] }

const SCHEMAS: { readonly [kind in ResourceKind]: z.ZodType<Extract<Resource, { kind: kind }>['value']> } = {
  Network: networkSchema,
  Site: siteSchema,
  Node: nodeSchema,
  Lab: labSchema,
  NodeGrant: nodeGrantSchema,
  NodeStatus: nodeStatusSchema,
}

export const RESOURCE_KINDS = Object.keys(SCHEMAS) as readonly ResourceKind[]

export function readResource(document: unknown): ReadResource {
  if (!isMap(document)) {
    const message = `the document is ${describe(document)}; expected a map with apiVersion, kind, metadata and spec`
    return { kind: 'broken', claim: {}, problems: [{ path: [], at: 'value', message }] }
  }
  const claim = claimOf(document)
  const problem = versionProblem(document) ?? kindProblem(document)
  if (problem !== undefined) return { kind: 'broken', claim, problems: [problem] }
  const kind = document.kind as ResourceKind
  const result = SCHEMAS[kind].safeParse(document)
  if (result.success) return { kind: 'resource', resource: { kind, value: result.data } as Resource }
  return { kind: 'broken', claim, problems: explainIssues(result.error.issues, document, kind) }
}

function versionProblem({ apiVersion }: Record<string, unknown>): FieldProblem | undefined {
  if (apiVersion === API_VERSION) return undefined
  return headProblem('apiVersion', apiVersion, API_VERSION, [API_VERSION])
}

function kindProblem({ kind }: Record<string, unknown>): FieldProblem | undefined {
  if (RESOURCE_KINDS.some((known) => known === kind)) return undefined
  return headProblem('kind', kind, `one of ${RESOURCE_KINDS.join(', ')}`, RESOURCE_KINDS)
}

function headProblem(field: string, found: unknown, expected: string, known: readonly string[]): FieldProblem {
  const what = found === undefined ? 'missing' : describe(found)
  return { path: [field], at: 'value', message: `${field} is ${what}; expected ${expected}${hint(found, known)}` }
}

function claimOf({ kind, metadata }: Record<string, unknown>): Claim {
  const known = RESOURCE_KINDS.find((name) => name === kind)
  const meant = known ?? (typeof kind === 'string' ? (nearestName(kind, RESOURCE_KINDS) as ResourceKind) : undefined)
  // A name that is wrong itself may have been meant as any.
  const name = isMap(metadata) ? nodeName.safeParse(metadata.name).data : undefined
  return { ...(meant === undefined ? {} : { kind: meant }), ...(name === undefined ? {} : { name }) }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
