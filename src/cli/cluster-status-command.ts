// `damask status --kubernetes`: reads how the network of a cluster is, prints it, and waits for it if it is told to.
import { type ClusterMachine, type ClusterOptions, openCluster } from './cluster-options.ts'
import { openClusterProgress } from './cluster-progress.ts'
import type { ClusterStatus } from './cluster-status.ts'
import { waitForCluster } from './cluster-wait.ts'
import type { Machine } from './commands.ts'
import { PLAIN } from './paint.ts'

export type ClusterStatusOptions = ClusterOptions & {
  readonly output: 'text' | 'json'
  readonly all: boolean
  readonly wait?: true
  readonly timeout: number
}

type StatusMachine = ClusterMachine & Pick<Machine, 'writeError' | 'errorColumns' | 'signal'>

/** Rejects where the cluster cannot be asked. */
export async function showClusterStatus(options: ClusterStatusOptions, machine: StatusMachine): Promise<void> {
  const { print, printError, setExitCode, paint = PLAIN } = machine.terminal
  const api = await openCluster(options, machine)
  const { openClusterLook } = await import('./cluster-look.ts')
  const { look, close } = openClusterLook(api, machine.clock)
  try {
    const isInTime = !options.wait || (await wait(look, options, machine))
    const status = await look()
    if (options.output === 'json') print(JSON.stringify(status, undefined, 2))
    else {
      const [{ renderClusterStatus }, { paintStatus }] = await Promise.all([
        import('./cluster-status-text.ts'),
        import('./painted-output.ts'),
      ])
      print(paintStatus(renderClusterStatus(status, { all: options.all }), paint))
    }
    if (!isInTime) printError(`not ready within ${options.timeout} s: ${missing(status)}`)
    setExitCode(isInTime && status.isReady ? 0 : 1)
  } finally {
    close()
    api.close()
  }
}

async function wait(
  look: () => Promise<ClusterStatus>,
  { timeout }: ClusterStatusOptions,
  machine: StatusMachine,
): Promise<boolean> {
  const progress = openClusterProgress(machine)
  try {
    return await waitForCluster({ look, timeoutSeconds: timeout, tell: progress.say, ...machine })
  } finally {
    progress.close()
  }
}

const MOST_NAMES = 10

function missing({ nodes, troubles }: ClusterStatus): string {
  const names = nodes.filter(({ isReady }) => !isReady).map(({ name }) => name)
  if (names.length === 0)
    return troubles.find(({ severity }) => severity === 'error')?.message ?? 'the cluster has no nodes'
  const rest = names.length - MOST_NAMES
  return `${names.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
