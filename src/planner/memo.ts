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

/** What stands under the key, which is then there no more. */
export function takeOut<T>(owner: Keeper, key: string): T | undefined {
  const value = owner.kept?.get(key)
  owner.kept?.delete(key)
  return value as T | undefined
}

/** A place for the last of several values: who makes the next one takes over what still holds. */
export function replace<T>(owner: Keeper, key: string, make: (previous: T | undefined) => T): T {
  const value = make(owner.kept?.get(key) as T | undefined)
  owner.kept ??= new Map()
  owner.kept.set(key, value)
  return value
}
