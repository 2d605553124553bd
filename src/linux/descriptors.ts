// The file descriptors of this process.
import { readdirSync } from 'node:fs'
import { fcntl } from './libc.ts'
import { codeOf } from './system-error.ts'

const F_SETFD = 2
const FD_CLOEXEC = 1

/**
 * Keeps every descriptor but the first three from processes started later. Libraries, and whoever started us, open some
 * without FD_CLOEXEC; in a wireguard-go, which outlives us, they would keep namespaces and pipes alive.
 */
export function keepDescriptorsFromChildren(): void {
  for (const name of readdirSync('/proc/self/fd')) {
    if (Number(name) > 2) tryKeep(Number(name))
  }
}

function tryKeep(fd: number): void {
  try {
    fcntl(fd, F_SETFD, FD_CLOEXEC)
  } catch (error) {
    if (codeOf(error) !== 'EBADF') throw error // closed by now, as the one by which the folder was read
  }
}
