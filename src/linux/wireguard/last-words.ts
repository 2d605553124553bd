// What a process that outlives us says when it ends: kept in a file in memory that it may write to, and never makes longer. A pipe
// would end a program of Go once its reader is gone, and a file on a disk would grow for as long as the device lives.
import { closeSync, ftruncateSync, readSync } from 'node:fs'
import { fcntl, MFD_ALLOW_SEALING, MFD_CLOEXEC, memoryFile } from '../libc.ts'

const BYTES = 4096
// linux/fcntl.h
const F_ADD_SEALS = 1033
const F_SEAL_GROW = 0x4

export type LastWords = {
  /** For the process, as its standard output and error. */
  readonly fd: number
  /** Undefined: it said nothing. */
  readonly lastLine: () => string | undefined
  readonly close: () => void
}

export function openLastWords(): LastWords {
  const fd = memoryFile('damask-words', MFD_CLOEXEC | MFD_ALLOW_SEALING)
  ftruncateSync(fd, BYTES)
  fcntl(fd, F_ADD_SEALS, F_SEAL_GROW)
  return {
    fd,
    lastLine() {
      const bytes = Buffer.alloc(BYTES)
      readSync(fd, bytes, 0, BYTES, 0)
      const lines = bytes.subarray(0, bytes.indexOf(0)).toString('utf8').split('\n')
      return lines.findLast((line) => line.trim() !== '')
    },
    close: () => closeSync(fd),
  }
}
