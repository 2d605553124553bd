// WireGuard in userspace: one wireguard-go a device, which outlives us, spoken to over its Unix socket.
import { existsSync } from 'node:fs'
import type { NamespaceHandle } from '../namespace.ts'
import { systemError } from '../system-error.ts'
import type { WireguardDriver } from './device-settings.ts'
import { askKeeper } from './keeper-client.ts'
import { createDeviceReader, encodeSet, errnoOf, GET } from './uapi.ts'
import { exchange } from './uapi-socket.ts'
import { isGone, startWireguardGo } from './wireguard-go-process.ts'

/** Where wireguard-go looks for its own socket: it ends when that is removed. */
export const SOCKETS_FOLDER = '/var/run/wireguard'
/** Where the system keeps its programs: what an administrator put there comes before what a package did. */
export const PROGRAM_FOLDERS: readonly string[] = ['/usr/local', '/usr', ''].flatMap((root) => [
  `${root}/sbin`,
  `${root}/bin`,
])

export type WireguardGoOptions = {
  readonly namespace?: NamespaceHandle | undefined
  readonly socketsFolder?: string | undefined
  /** Where the program is looked for each time: the first folder that has it counts. Default `PROGRAM_FOLDERS`. */
  readonly programFolders?: readonly string[] | undefined
  /** Of `damask keeper`, which starts the processes where it is there: looked at each time. */
  readonly keeperSocket?: string | undefined
}

export function openWireguardGo({
  namespace,
  socketsFolder = SOCKETS_FOLDER,
  programFolders = PROGRAM_FOLDERS,
  keeperSocket,
}: WireguardGoOptions): WireguardDriver {
  const pathOf = (link: string): string => `${socketsFolder}/${link}.sock`
  const readers = new Map<string, ReturnType<typeof createDeviceReader>>()
  const readerOf = (link: string) => {
    const reader = readers.get(link) ?? createDeviceReader()
    readers.set(link, reader)
    return reader
  }
  return {
    async createLink(name) {
      if (keeperSocket !== undefined && existsSync(keeperSocket)) await askKeeper(keeperSocket, 'PUT', name)
      else await startWireguardGo({ name, socketPath: pathOf(name), programFolders, namespace })
    },
    async read(link) {
      try {
        const answer = checked(`cannot read ${link}`, await exchange(pathOf(link), GET))
        return readerOf(link)(answer)
      } catch (error) {
        if (isGone(error)) {
          readers.delete(link)
          return undefined
        }
        throw error
      }
    },
    async write(link, settings) {
      try {
        checked(`cannot set ${link}`, await exchange(pathOf(link), encodeSet(settings)))
      } catch (error) {
        throw isGone(error) ? systemError(`cannot set ${link}`, 19 /* ENODEV */, 'its wireguard-go is gone') : error
      }
    },
    close() {},
  }
}

function checked(tried: string, answer: string): string {
  const errno = errnoOf(answer)
  if (errno !== 0) throw systemError(tried, errno, 'wireguard-go refused it')
  return answer
}
