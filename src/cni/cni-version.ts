// Versions of the CNI specification that we answer in; a result is written in the version that the request asks for.
import { CNI_CODE, cniError } from './cni-error.ts'

/** Ascending. 0.2.0 and before have results of another shape. */
export const CNI_VERSIONS = ['0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const

export type CniVersion = (typeof CNI_VERSIONS)[number]

/** The version where an answer has to be written and the request's is not known. */
export const FALLBACK_CNI_VERSION: CniVersion = '1.0.0'

export const tryCniVersion = (value: unknown): CniVersion | undefined =>
  CNI_VERSIONS.find((version) => version === value)

/** Negative where `a` is the older. */
export const compareCniVersions = (a: CniVersion, b: CniVersion): number =>
  CNI_VERSIONS.indexOf(a) - CNI_VERSIONS.indexOf(b)

export function parseCniVersion(value: unknown): CniVersion {
  const version = tryCniVersion(value)
  if (version !== undefined) return version
  const given = value === undefined ? 'no cniVersion, which means 0.1.0' : `cniVersion ${JSON.stringify(value)}`
  throw cniError(
    CNI_CODE.incompatibleVersion,
    `the network configuration has ${given}; damask answers ${CNI_VERSIONS.join(', ')}`,
  )
}
