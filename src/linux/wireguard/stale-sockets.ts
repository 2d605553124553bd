// Sockets of our devices' wireguard-go processes: whether anybody answers, and those that a killed one left behind.
import { readdirSync, rmSync } from 'node:fs'
import { codeOf } from '../system-error.ts'
import { KEPT_NAME } from './keeper-client.ts'
import { GET } from './uapi.ts'
import { exchange } from './uapi-socket.ts'

/** Names of our devices that have a socket in the folder. */
export function devicesWithSocket(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .flatMap((file) => (file.endsWith('.sock') ? [file.slice(0, -'.sock'.length)] : []))
      .filter((name) => KEPT_NAME.test(name))
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [] // it is made with the first device
    throw cause
  }
}

/** False: the socket is gone, also if it was left behind until now. */
export async function answersOrGoes(socketPath: string): Promise<boolean> {
  try {
    await exchange(socketPath, GET)
    return true
  } catch (cause) {
    if (codeOf(cause) === 'ECONNREFUSED') rmSync(socketPath, { force: true })
    return codeOf(cause) === 'ETIMEDOUT' // it hangs, but it is there
  }
}

/** Removes those of the folder that nobody answers on; resolves with their paths. */
export async function removeStaleSockets(folder: string): Promise<readonly string[]> {
  const removed: string[] = []
  for (const name of devicesWithSocket(folder)) {
    const path = `${folder}/${name}.sock`
    if (!(await answersOrGoes(path))) removed.push(path)
  }
  return removed
}
