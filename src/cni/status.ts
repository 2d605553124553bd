// STATUS: could an ADD be served now?
import type { CniContext } from './cni-context.ts'
import { asCniError, CNI_CODE, cniError } from './cni-error.ts'

/**
 * Throws what stands in the way, as codes 50 and 51 (CNI, section "STATUS"). Not that all addresses are given: a runtime takes a
 * node whose STATUS fails for broken, and Kubernetes would then evict the pods that have them.
 */
export function requireReadiness({ nodePrefixes, gatewayAddresses, illness }: CniContext): undefined {
  const sick = illness?.()
  if (sick !== undefined)
    throw cniError(CNI_CODE.notAvailableAndLimited, `the agent cannot keep the network as planned: ${sick}`)
  const prefixes = tryOr(nodePrefixes)
  if (prefixes.length === 0) throw notAvailable('this node has no pod prefixes; give its Node some (spec.podPrefixes)')
  if (prefixes.some(({ family }) => family === 4) && gatewayAddresses()[4] === undefined)
    throw notAvailable('this node has no IPv4 gateway address yet')
  return undefined
}

function tryOr<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw notAvailable(asCniError(cause).message)
  }
}

const notAvailable = (sentence: string): Error => cniError(CNI_CODE.notAvailable, sentence)
