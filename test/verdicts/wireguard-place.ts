// A place for the wireguard-go of one node beside those of others.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROGRAM_FOLDERS, SOCKETS_FOLDER } from '../../src/linux/wireguard/wireguard-go.ts'

/**
 * wireguard-go looks for its socket in /var/run/wireguard alone, and ends where it is not there; and nodes have devices of the same
 * names. So each process has a mount namespace of its own, in which the node's folder stands there.
 */
export function wireguardPlace(folder: string): {
  readonly wireguardSockets: string
  readonly wireguardPrograms: readonly string[]
} {
  const [sockets, programs] = [join(folder, 'wireguard'), join(folder, 'programs')]
  for (const path of [sockets, programs, SOCKETS_FOLDER]) mkdirSync(path, { recursive: true })
  const script = `#!/bin/sh
PATH=$PATH:${PROGRAM_FOLDERS.join(':')}
exec unshare --mount --propagation slave sh -c 'mount -n --bind "$1" ${SOCKETS_FOLDER} && exec wireguard-go "$2"' sh '${sockets}' "$1"
`
  writeFileSync(join(programs, 'wireguard-go'), script, { mode: 0o755 })
  return { wireguardSockets: sockets, wireguardPrograms: [programs] }
}
