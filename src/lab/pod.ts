// A pod: a namespace that the real CNI client, run inside the node, puts into the network.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createNamespace } from '../linux/index.ts'
import type { LabTools, PodRecord } from './lab-record.ts'
import type { PodLayout } from './layout.ts'
import { enterNode } from './node-holder.ts'
import type { ProcessRecord } from './process-record.ts'
import { setUpHost, within } from './within.ts'

const CONFIGURATION = { cniVersion: '1.0.0', name: 'damask', type: 'damask' }
/** CNI: "try again later"; here: the agent does not serve yet. */
const TRY_AGAIN_LATER = 11
const RETRY_MILLISECONDS = 50

type Outcome = { readonly code: number | null; readonly output: string; readonly complaints: string }

/** Makes the namespace and waits with the ADD until the node's agent serves. */
export async function addPod(options: {
  readonly pod: PodLayout
  readonly nodeNamespace: string
  readonly holder: ProcessRecord
  readonly tools: LabTools
  readonly signal: AbortSignal
}): Promise<PodRecord> {
  const { pod, nodeNamespace, holder, tools, signal } = options
  createNamespace(pod.namespace)
  await within(pod.namespace, setUpHost)
  const containerId = randomBytes(32).toString('hex')
  const environment = {
    CNI_COMMAND: 'ADD',
    CNI_CONTAINERID: containerId,
    CNI_NETNS: `/run/netns/${pod.namespace}`,
    CNI_IFNAME: 'eth0',
    CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=lab;K8S_POD_NAME=${pod.name}`,
    CNI_PATH: '/opt/cni/bin',
  }
  for (;;) {
    const outcome = await run(
      [...enterNode(holder, nodeNamespace), tools.cni],
      environment,
      JSON.stringify(CONFIGURATION),
    )
    if (outcome.code === 0) return { name: pod.name, containerId, addresses: addressesOf(outcome.output) }
    if (errorCodeOf(outcome.output) !== TRY_AGAIN_LATER || signal.aborted) {
      const said = (outcome.output || outcome.complaints).trim()
      throw new Error(`cannot add pod ${pod.name}: the CNI client ended with ${outcome.code} - ${said}`)
    }
    await sleep(RETRY_MILLISECONDS)
  }
}

function run(
  [command = '', ...args]: readonly string[],
  environment: NodeJS.ProcessEnv,
  input: string,
): Promise<Outcome> {
  const child = spawn(command, args, { env: { ...process.env, ...environment }, cwd: '/' })
  const output: Buffer[] = []
  const complaints: Buffer[] = []
  child.stdout.on('data', (bytes) => output.push(bytes))
  child.stderr.on('data', (bytes) => complaints.push(bytes))
  child.stdin.on('error', () => {}) // a client that ended early says why by its code
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({ code, output: Buffer.concat(output).toString(), complaints: Buffer.concat(complaints).toString() }),
    )
  })
}

function addressesOf(output: string): string[] {
  const result: { ips?: readonly { address: string }[] } = JSON.parse(output)
  return (result.ips ?? []).map(({ address }) => address)
}

function errorCodeOf(output: string): number | undefined {
  try {
    const error: { code?: number } = JSON.parse(output)
    return error.code
  } catch {
    return undefined
  }
}
