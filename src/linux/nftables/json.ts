// Looking into the JSON that libnftables prints, of which nothing is taken on trust.

/** The value behind a path of keys, undefined where it ends before. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  let inner = value
  for (const key of keys) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, key)) return undefined
    inner = (inner as Readonly<Record<string, unknown>>)[key]
  }
  return inner
}

/** True where the value is an object of exactly these keys. */
export function hasOnly(value: unknown, keys: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.keys(value).every((key) => keys.includes(key))
}

/** The one key of `{ "match": … }` and what stands behind it. */
export function only(value: unknown): readonly [key: string, inner: unknown] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const [entry, second] = Object.entries(value)
  return second === undefined ? entry : undefined
}

/** A single flag stands alone in some versions, as a list or as `{ "|": list }` in others. */
export function flagsOf(value: unknown): readonly unknown[] {
  const inner = at(value, '|') ?? value
  return Array.isArray(inner) ? inner : [inner]
}

/** True where both hold the same flags, in any order. */
export function sameFlags(value: unknown, flags: readonly string[]): boolean {
  const given = flagsOf(value)
  return given.length === flags.length && flags.every((flag) => given.includes(flag))
}
