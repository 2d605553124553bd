// Documents as text, for worlds that tests put together.

/** `content`: what follows `metadata`, `spec: { … }`. */
export const documentText = (kind: string, name: string, content: string): string =>
  `apiVersion: damask.dev/v1alpha1\nkind: ${kind}\nmetadata: { name: ${name} }\n${content}\n`
