import { fchmodSync } from 'node:fs'
import { bindSocket, closeDescriptor, listenSocket, SOCK_STREAM, socket } from '../libc.ts'

const AF_UNIX = 1
const BACKLOG = 128
const PATH_BYTES = 108 // sun_path

/** A Unix socket of that path which listens already, and only root may connect to. Whoever takes the descriptor closes it. */
export function openUapiListener(path: string): number {
  const bytes = Buffer.from(path)
  if (bytes.length >= PATH_BYTES) throw new Error(`the path of a Unix socket ends at ${PATH_BYTES - 1} bytes: ${path}`)
  const fd = socket(AF_UNIX, SOCK_STREAM, 0)
  try {
    fchmodSync(fd, 0o600) // the file takes over the mode of the socket
    bindSocket(fd, Uint8Array.of(AF_UNIX, 0, ...bytes, 0))
    listenSocket(fd, BACKLOG)
    return fd
  } catch (error) {
    closeDescriptor(fd)
    throw error
  }
}
