// Runs what a command does to a cluster: opens its API, tells people how it goes, and closes.
import type { KubernetesApi } from '../../store/index.ts'
import type { Machine } from '../commands.ts'
import type { ObjectChange } from './apply-objects.ts'
import { type ClusterAccess, openCluster } from './cluster-access.ts'
import type { ClusterJob } from './cluster-job.ts'

export type ClusterWork = (
  job: ClusterJob,
) => Promise<{ readonly changes: readonly ObjectChange[]; readonly isGood: boolean }>

/** `check` throws where the input is wrong, before any cluster is asked. With `json` all that is told goes to standard error, and what was changed is printed. */
export async function runInCluster(
  options: ClusterAccess & { readonly output: string; readonly timeout: string },
  machine: Machine,
  work: ClusterWork,
  check: () => void = () => {},
): Promise<void> {
  const { print, printError, setExitCode } = machine.terminal
  if (!/^\d+$/.test(options.timeout)) {
    printError(`--timeout ${options.timeout} is not a number of seconds`)
    setExitCode(2)
    return
  }
  let api: KubernetesApi | undefined
  try {
    check()
  } catch (cause) {
    printError(cause instanceof Error ? cause.message : String(cause))
    setExitCode(2)
    return
  }
  try {
    api = await openCluster(options, machine)
    const { clock, signal } = machine
    const isJson = options.output === 'json'
    const { changes, isGood } = await work({ api, clock, signal, tell: isJson ? printError : print })
    if (isJson) print(JSON.stringify(changes, undefined, 2))
    setExitCode(isGood ? 0 : 1)
  } catch (cause) {
    printError(cause instanceof Error ? cause.message : String(cause))
    setExitCode(1)
  } finally {
    api?.close()
  }
}
