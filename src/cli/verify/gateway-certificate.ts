// What is lost without any one gateway, as a part of the certificate that is checked as the rest is: by the kinds that it names.
import {
  differences,
  type NetworkInput,
  namedKinds,
  type Proof,
  proofOfKinds,
  proveNetwork,
} from '../../verifier/index.ts'
import type { PlannedWorld } from '../planned-world.ts'
import { type GatewayLoss, gatewaysOf, inputWithout, lossOf } from './without-gateways.ts'

/** With what it takes to find that out again: how many pairs are left, in so many classes, of machines of these kinds. */
export type CertifiedLoss = GatewayLoss & {
  readonly left: {
    readonly pairs: number
    readonly classes: number
    readonly kinds: ReturnType<typeof namedKinds>
  }
}

/** In the order of the gateways. `whole`: with all of them. */
export async function certifyLosses(
  planned: PlannedWorld,
  input: NetworkInput,
  whole: Proof,
): Promise<readonly CertifiedLoss[]> {
  const inputOf = await inputWithout(planned, input)
  return (await gatewaysOf(planned)).map((gateway) => certified(gateway, proveNetwork(inputOf(gateway)), whole))
}

const certified = (gateway: string, left: Proof, whole: Proof): CertifiedLoss => ({
  ...lossOf(gateway, left, whole),
  left: { pairs: left.pairs, classes: left.pairClasses.length, kinds: namedKinds(left) },
})

/** What is wrong with such a list, each as a sentence; null says nothing, and is not wrong. */
export async function checkLosses(
  claimed: unknown,
  planned: PlannedWorld,
  input: NetworkInput,
  whole: Proof,
): Promise<readonly string[]> {
  if (claimed === null) return []
  const gateways = await gatewaysOf(planned)
  if (!Array.isArray(claimed) || claimed.length !== gateways.length)
    return [`${FIELD} is to be null, or a list of what is lost without each of the ${gateways.length} gateways`]
  const inputOf = await inputWithout(planned, input)
  return gateways.flatMap((gateway, nth) => {
    const path = `${FIELD}[${nth}]`
    const proof = proofOfKinds(claimed[nth]?.left?.kinds, inputOf(gateway))
    return typeof proof === 'string'
      ? [`${path}, without gateway ${gateway}: ${proof}`]
      : differences(claimed[nth], certified(gateway, proof, whole), path)
  })
}

const FIELD = 'certificate.withoutGateways'
