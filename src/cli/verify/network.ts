// `damask verify FILE...`: proves how every pair of a planned network fares, prints it, and checks certificates of such proofs.
import { siteNames } from '../../model/index.ts'
import type { PlannedWorld } from '../planned-world.ts'
import type { Terminal } from '../terminal.ts'
import { walkedPlan } from '../walked-plan.ts'

export type VerifyNetwork = {
  readonly output: 'text' | 'json'
  /** File with a certificate to check in place of a proof. */
  readonly check?: string
  /** Left out: as the size of the network allows. */
  readonly withoutGateways?: boolean
  /** What `damask trace` has to be told to read the same: files, or --kubernetes. */
  readonly source: string
}

/** So many nodes, and so many nodes times gateways, are proved again without each gateway, unasked. */
const UNASKED = { nodes: 500, nodesByGateways: 10_000 } as const

export async function verifyNetwork(
  planned: PlannedWorld,
  { output, check, withoutGateways, source }: VerifyNetwork,
  terminal: Terminal,
): Promise<void> {
  const { print, setExitCode, paint } = terminal
  const [{ certificateOf, proveNetwork }, { networkText, problemsIn }, { inputHashes }] = await Promise.all([
    import('../../verifier/index.ts'),
    import('./network-text.ts'),
    import('./input-hashes.ts'),
  ])
  const { states, underlay, facts, network, guessed, world } = await walkedPlan(planned)
  for (const note of guessed) terminal.printError(`note: ${note}`)
  const input = { states, underlay, facts }
  if (check !== undefined) {
    const { checkFile } = await import('./check-file.ts')
    return checkFile(check, { ...planned, world }, input, terminal)
  }
  const proof = proveNetwork(input)
  setExitCode(problemsIn(proof).length > 0 ? 1 : 0)
  const [{ gatewaysOf }, { certifyLosses }] = await Promise.all([
    import('./without-gateways.ts'),
    import('./gateway-certificate.ts'),
  ])
  const gateways = await gatewaysOf(planned)
  const isCheap = states.length <= UNASKED.nodes && states.length * gateways.length <= UNASKED.nodesByGateways
  const losses = (withoutGateways ?? isCheap) ? await certifyLosses({ ...planned, world }, input, proof) : null
  if (output === 'json') {
    const certificate = certificateOf(proof, inputHashes(input))
    print(JSON.stringify({ ...certificate, withoutGateways: losses }, undefined, 1))
    return
  }
  const siteOf = siteNames(planned.world.network, planned.world.nodes.values())
  const { gatewaysText } = await import('./gateways-text.ts')
  const text = networkText({ proof, siteOf, network, source, paint })
  print(losses === null ? text : `${text}\n${gatewaysText(losses, paint)}`)
}
