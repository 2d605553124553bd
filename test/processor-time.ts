// How long work keeps the processor, for tests which say that something takes next to no time. A clock on the wall would measure
// what else the machine has to do.

/** Milliseconds of this process, its threads and the kernel on their behalf: the least of a few runs. */
export async function processorMilliseconds(work: () => unknown, runs = 5): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}
