// What comes in time, or an error.

type Clock = { readonly after: (milliseconds: number, run: () => void) => () => void }

export function withinTime<Value>(
  clock: Clock,
  milliseconds: number,
  coming: Promise<Value>,
  late: () => Error,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(milliseconds, () => reject(late()))
    coming.then(resolve, reject).finally(stop)
  })
}
