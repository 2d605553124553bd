/** As Promise.all, but when one fails it waits for the others too: what they work on may be taken away then. */
export async function allEnded<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(tasks)
  return Promise.all(tasks)
}
