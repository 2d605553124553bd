// What is wrong in a set of documents that are each right by themselves.
import type { FieldPath, Resource } from './resource.ts'

export type Problem = {
  /** The document to show; left out: the set as a whole. */
  readonly resource?: Resource
  readonly path: FieldPath
  /** Whether the position to show is that of the field's name or of its value. */
  readonly at: 'key' | 'value'
  readonly message: string
  /** A warning does not stop anything. */
  readonly severity: 'error' | 'warning'
  /** The other half of a contradiction. */
  readonly other?: { readonly resource: Resource; readonly path: FieldPath }
}

export const problemAt = (
  resource: Resource,
  path: FieldPath,
  message: string,
  more: Partial<Pick<Problem, 'at' | 'severity' | 'other'>> = {},
): Problem => ({ resource, path, message, at: 'value', severity: 'error', ...more })
