// One document of a store, as what it is of.
import type { Lab } from './lab.ts'
import type { Network } from './network.ts'
import type { Node } from './node.ts'
import type { NodeGrant } from './node-grant.ts'
import type { NodeStatus } from './node-status.ts'
import type { Site } from './site.ts'

export type Resource =
  | { readonly kind: 'Network'; readonly value: Network }
  | { readonly kind: 'Site'; readonly value: Site }
  | { readonly kind: 'Node'; readonly value: Node }
  | { readonly kind: 'NodeGrant'; readonly value: NodeGrant }
  | { readonly kind: 'NodeStatus'; readonly value: NodeStatus }
  | { readonly kind: 'Lab'; readonly value: Lab }

export type ResourceKind = Resource['kind']

/** Where a value stands inside a document: `['spec', 'podPrefixes', 0]`. */
export type FieldPath = readonly (string | number)[]

/** `spec.podPrefixes[0]`; the document itself is `the document`. */
export function formatPath(path: FieldPath): string {
  if (path.length === 0) return 'the document'
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? clip(step) : `.${clip(step)}`))
    .join('')
}

/** `Node/aws-1` */
export const resourceName = ({ kind, value }: Resource): string => `${kind}/${value.name}`

/** A field that nobody knows can be a whole page. */
const clip = (step: string): string => (step.length > 60 ? `${step.slice(0, 57)}…` : step)
