// What was worked out of a thing is kept beside it for as long as the thing lives. Sites and nodes never change: after one
// of thousands did, it is a new object, and what was made of all the others is still there.

const memos = new WeakMap<object, Map<string, unknown>>()

/** What `make` gives for this owner and key, made once. `make` must depend on nothing but the owner and the key. */
export function memo<T>(owner: object, key: string, make: () => T): T {
  let kept = memos.get(owner)
  if (kept === undefined) {
    kept = new Map()
    memos.set(owner, kept)
  }
  let value = kept.get(key)
  if (value === undefined) {
    value = make()
    kept.set(key, value)
  }
  return value as T
}
