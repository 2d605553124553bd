// The order of changes to WireGuard devices: a port is given up before another device takes it (a network whose port goes up
// by one moves every device to the port of the next), or the kernel says EADDRINUSE.
import type { Change, Entry } from '../model/index.ts'

export function orderDevices(changes: readonly Change[]): readonly Change[] {
  const waiting = new Set(changes)
  const inTurn: Change[] = []
  while (waiting.size > 0) {
    const free = [...waiting].filter((change) => !isTaken(portOf(change.entry), change, waiting))
    // A ring of devices that exchange ports cannot be served; the kernel says so, and the rest is made.
    for (const change of free.length > 0 ? free : waiting) {
      waiting.delete(change)
      inTurn.push(change)
    }
  }
  return inTurn
}

const isTaken = (port: number | undefined, taker: Change, waiting: ReadonlySet<Change>): boolean =>
  [...waiting].some((change) => change !== taker && change.op === 'update' && portOf(change.observed) === port)

const portOf = (entry: Entry): number | undefined => (entry.kind === 'wireguard-device' ? entry.listenPort : undefined)
