// What a system call refused, as an Error that carries the name of its errno.
import { constants } from 'node:os'

export type SystemError = Error & {
  /** `EEXIST`, `ENODEV`, … */
  readonly code: string
  readonly errno: number
}

// Two names of one number: the one that kernel people say comes last, and stays.
const NAMES = new Map<number, string>([
  ...Object.entries(constants.errno).map(([name, number]) => [number, name] as const),
  [constants.errno.EAGAIN, 'EAGAIN'],
  [constants.errno.EOPNOTSUPP, 'EOPNOTSUPP'],
  [28, 'ENOSPC'],
  [108, 'ESHUTDOWN'],
  [126, 'ENOKEY'],
  [524, 'ENOTSUPP'], // the kernel's own, never meant to leave it, but it does
])

/** `17` -> `EEXIST` */
export const errnoName = (errno: number): string => NAMES.get(errno) ?? `errno ${errno}`

/** `tried` is a clause: `cannot open a socket of family 16`. */
export function systemError(tried: string, errno: number, said = ''): SystemError {
  const code = errnoName(errno)
  return Object.assign(new Error(`${tried}: ${code}${said && ` - ${said}`}`), { code, errno })
}

/** The name of the errno that an error carries, whoever threw it. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
