// A refusal as the CNI specification writes it: a code that the runtime knows, and a sentence for whoever reads its log.

/** Codes below 100 are the specification's (section "Error"); from 100 they are ours. */
export const CNI_CODE = {
  incompatibleVersion: 1,
  unsupportedField: 2,
  /** The runtime need not clean up after this one: nothing was begun. */
  unknownContainer: 3,
  badEnvironment: 4,
  io: 5,
  undecodable: 6,
  invalidConfiguration: 7,
  tryLater: 11,
  /** STATUS: no ADD can be served. */
  notAvailable: 50,
  /** STATUS: the same, and pods that stand may not be reached by all. */
  notAvailableAndLimited: 51,
  addressesExhausted: 100,
  interfaceExists: 101,
  /** The kernel, or the agent's own state folder, refused. */
  failed: 102,
  /** An address that was asked for is not this node's to give, or somebody has it. */
  addressUnavailable: 103,
  /** CHECK: something is not as ADD left it. */
  notAsAdded: 104,
} as const

export type CniCode = (typeof CNI_CODE)[keyof typeof CNI_CODE]

export type CniError = Error & {
  readonly name: 'CniError'
  readonly code: CniCode
  /** What stands behind it, for the log of the runtime. */
  readonly details?: string
}

export function cniError(code: CniCode, message: string, cause?: unknown): CniError {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause })
  const details = cause === undefined ? {} : { details: cause instanceof Error ? cause.message : String(cause) }
  return Object.assign(error, { name: 'CniError' as const, code, ...details })
}

export const isCniError = (error: unknown): error is CniError => error instanceof Error && error.name === 'CniError'

/** Anything that was thrown, as a CniError: what is none yet failed for a reason that no caller foresaw. */
export const asCniError = (error: unknown): CniError =>
  isCniError(error) ? error : cniError(CNI_CODE.failed, error instanceof Error ? error.message : String(error), error)
