/** One thing that holds of what was asked for, and the field that says so. */
export type Fact = {
  /** A word or two: `owner`, `gateway`. */
  readonly label: string
  readonly text: string
  /** `Node/gcp-1` and `spec.podPrefixes[0]`, where a field of a resource says it. */
  readonly resource?: string
  readonly field?: string
}

export const fact = (label: string, text: string, resource?: string, field?: string): Fact => ({
  label,
  text,
  ...(resource !== undefined && { resource }),
  ...(field !== undefined && { field }),
})
