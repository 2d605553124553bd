// A mount namespace for this process and its children: wireguard-go's sockets do not meet those of the host, and the names
// of our network namespaces go with us, also where we are killed.
import { mkdirSync } from 'node:fs'
import { CLONE_NEWNS, MS_PRIVATE, MS_REC, mount, unshare } from '../src/linux/index.ts'

const WIREGUARD_SOCKETS = '/var/run/wireguard'

/** Before anything else touches files: threads that run already stay outside. */
export function isolate(): void {
  unshare(CLONE_NEWNS)
  mount('none', '/', null, MS_REC | MS_PRIVATE)
  mkdirSync(WIREGUARD_SOCKETS, { recursive: true })
  mount('tmpfs', WIREGUARD_SOCKETS, 'tmpfs', 0)
}
