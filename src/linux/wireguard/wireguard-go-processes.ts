// Which wireguard-go processes serve devices of this network namespace, as far as this process sees: in a container only those
// of the container.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { WIREGUARD_GO } from './wireguard-go-process.ts'

/** Process ids by the names of devices. One that ended and waits for its parent (a zombie) has no command line. */
export function findWireguardGo(): ReadonlyMap<string, number> {
  const here = readlinkSync('/proc/self/ns/net')
  const found = new Map<string, number>()
  for (const entry of readdirSync('/proc')) {
    const device = /^\d+$/.test(entry) ? tryDevice(entry) : undefined
    if (device !== undefined && tryNamespace(entry) === here) found.set(device, Number(entry))
  }
  return found
}

/** Whether that process still is one, and of that device: of two, one may be ending while the next begins. */
export const isWireguardGo = (pid: number, device: string): boolean => tryDevice(String(pid)) === device

const END_MILLISECONDS = 2000

/** Resolves once it is gone, and its device with it. */
export async function endWireguardGo(device: string, pid: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isWireguardGo(pid, device)) return
    process.kill(pid, signal)
    for (const start = performance.now(); performance.now() - start < END_MILLISECONDS; await sleep(5))
      if (!isWireguardGo(pid, device)) return
  }
}

function tryDevice(pid: string): string | undefined {
  try {
    const [program = '', device] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return program.endsWith(`/${WIREGUARD_GO}`) ? device : undefined
  } catch {
    return undefined // it ended meanwhile
  }
}

function tryNamespace(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return undefined
  }
}
