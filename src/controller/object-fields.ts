// Fields of an object that an API server gave: JSON of which nothing is certain.

export type Fields = Readonly<Record<string, unknown>>

/** Without any where it is no map. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

export const listIn = (value: unknown, field: string): readonly unknown[] => {
  const found = fieldsOf(value)[field]
  return Array.isArray(found) ? found : []
}

export const textIn = (value: unknown, field: string): string | undefined => {
  const found = fieldsOf(value)[field]
  return typeof found === 'string' ? found : undefined
}

/** The texts of a list. */
export const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
