// What was worked out of a site or a node of a plan is kept in it. They never change otherwise: after one of thousands did, it
// is a new object, and what was made of all the others is still there.

/** Made with `kept: undefined`. */
export type Keeper = { kept: Map<string | number, unknown> | undefined }

/** What `make` gives for this owner and key, made once. `make` must depend on nothing but the owner and the key. */
export function memo<T>(owner: Keeper, key: string | number, make: () => T): T {
  owner.kept ??= new Map()
  let value = owner.kept.get(key)
  if (value === undefined) {
    value = make()
    owner.kept.set(key, value)
  }
  return value as T
}
