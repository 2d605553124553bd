// Reads the named counters of one table from the objects that nft lists.

export type NftCounter = { readonly packets: number; readonly bytes: number }

/** By name. */
export const countersOf = (listed: readonly unknown[], table: string): Map<string, NftCounter> =>
  new Map(
    listed.flatMap((object) =>
      isCounterObject(object) && object.counter.table === table ? [[object.counter.name, object.counter] as const] : [],
    ),
  )

type Counter = NftCounter & { readonly table: string; readonly name: string }

const isCounterObject = (object: unknown): object is { counter: Counter } =>
  typeof object === 'object' &&
  object !== null &&
  'counter' in object &&
  typeof object.counter === 'object' &&
  object.counter !== null &&
  ['table', 'name', 'packets', 'bytes'].every((key) => Object.hasOwn(Object(object.counter), key))
