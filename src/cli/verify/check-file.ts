// `damask verify --check`: whether what a certificate says of a network is so.
import { readFile } from 'node:fs/promises'
import type { NetworkInput } from '../../verifier/index.ts'
import type { PlannedWorld } from '../planned-world.ts'
import type { Terminal } from '../terminal.ts'

export async function checkFile(
  path: string,
  planned: PlannedWorld,
  input: NetworkInput,
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
  const problems = await problemsOf(claimed, planned, input)
  for (const problem of problems) printError(`error: ${path}: ${problem}`)
  if (problems.length === 0) {
    print(`${path} holds: its kinds are all nodes, its classes all pairs, and each witness fares as it says`)
    print(
      hasLosses(claimed)
        ? 'and so does what it says is lost without any one gateway'
        : 'note: it does not say what is lost without a gateway',
    )
  }
  setExitCode(problems.length > 0 ? 1 : 0)
}

const hasLosses = (claimed: unknown): boolean => (claimed as { withoutGateways?: unknown }).withoutGateways !== null

async function problemsOf(claimed: unknown, planned: PlannedWorld, input: NetworkInput): Promise<readonly string[]> {
  const [{ certifiedProof }, { inputHashes }, { checkLosses }] = await Promise.all([
    import('../../verifier/index.ts'),
    import('./input-hashes.ts'),
    import('./gateway-certificate.ts'),
  ])
  const { withoutGateways, ...certificate } = { ...(claimed as { readonly withoutGateways?: unknown }) }
  const proof = certifiedProof(certificate, input, inputHashes(input))
  return 'problems' in proof ? proof.problems : checkLosses(withoutGateways, planned, input, proof)
}
