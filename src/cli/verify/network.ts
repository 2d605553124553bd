// `damask verify FILE...`: proves how every pair of a planned network fares, prints it, and checks certificates of such proofs.
import { readFile } from 'node:fs/promises'
import type { PlannedWorld } from '../planned-world.ts'
import type { Terminal } from '../terminal.ts'
import { walkedPlan } from '../walked-plan.ts'

export type VerifyNetwork = {
  readonly output: 'text' | 'json'
  /** File with a certificate to check in place of a proof. */
  readonly check?: string
  /** Left out: as the size of the network allows. */
  readonly withoutGateways?: boolean
}

/** So many nodes, and so many nodes times gateways, are proved again without each gateway, unasked. */
const UNASKED = { nodes: 500, nodesByGateways: 10_000 } as const

export async function verifyNetwork(
  planned: PlannedWorld,
  { output, check, withoutGateways }: VerifyNetwork,
  terminal: Terminal,
): Promise<void> {
  const { print, setExitCode, paint } = terminal
  const [{ certificateOf, proveNetwork }, { networkText, problemsIn }, { inputHashes }] = await Promise.all([
    import('../../verifier/index.ts'),
    import('./network-text.ts'),
    import('./input-hashes.ts'),
  ])
  const { states, underlay, facts, labIssues } = await walkedPlan(planned)
  for (const issue of labIssues)
    terminal.printError(`note: the networks below are guessed, as the Lab cannot be laid out: ${issue}`)
  const input = { states, underlay, facts }
  if (check !== undefined) return checkFile(check, input, terminal)
  const proof = proveNetwork(input)
  const isLost = problemsIn(proof).length > 0
  if (output === 'json') {
    print(JSON.stringify(certificateOf(proof, inputHashes(input)), undefined, 1))
    setExitCode(isLost ? 1 : 0)
    return
  }
  const lines = [networkText(proof, paint)]
  const { gatewaysOf, lossesWithoutGateways, gatewaysText } = await import('./without-gateways.ts')
  const gateways = await gatewaysOf(planned)
  const isCheap = states.length <= UNASKED.nodes && states.length * gateways.length <= UNASKED.nodesByGateways
  if (withoutGateways ?? isCheap)
    lines.push(gatewaysText(await lossesWithoutGateways(planned, gateways, input, proof), paint))
  print(lines.join('\n'))
  setExitCode(isLost ? 1 : 0)
}

async function checkFile(
  path: string,
  input: Parameters<typeof import('../../verifier/index.ts').checkCertificate>[1],
  { print, printError, setExitCode }: Terminal,
): Promise<void> {
  let claimed: unknown
  try {
    claimed = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    printError(`cannot read the certificate ${path}: ${why}; make one with: damask verify FILE... -o json`)
    setExitCode(2)
    return
  }
  const [{ checkCertificate }, { inputHashes }] = await Promise.all([
    import('../../verifier/index.ts'),
    import('./input-hashes.ts'),
  ])
  const problems = checkCertificate(claimed, input, inputHashes(input))
  for (const problem of problems) printError(`error: ${path}: ${problem}`)
  if (problems.length === 0)
    print(`${path} holds: its kinds are all nodes, its classes all pairs, and each witness fares as it says`)
  setExitCode(problems.length > 0 ? 1 : 0)
}
