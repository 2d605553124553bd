// From the objects of a cluster to a plan, with all that is wrong said on the way.
import { type ClusterMachine, type ClusterOptions, openCluster } from './cluster-options.ts'
import { type PlannedWorld, planWorld } from './planned-world.ts'

/** Undefined, with an exit code, where the cluster cannot be read (1) or what stands there cannot be planned (2). */
export async function planCluster(options: ClusterOptions, machine: ClusterMachine): Promise<PlannedWorld | undefined> {
  const { printError, setExitCode } = machine.terminal
  try {
    const api = await openCluster(options, machine)
    const { openKubernetesStore } = await import('../store/index.ts')
    const silent = (): void => {}
    // What it would warn of is said by `read` too.
    const log = { debug: silent, info: silent, warn: silent }
    const store = openKubernetesStore({ api, clock: machine.clock, log, close: api.close })
    try {
      const { world, issues } = await store.read()
      for (const issue of issues) printError(store.formatIssue(issue))
      if (world !== undefined) return await planWorld(world, machine.terminal)
      setExitCode(2)
    } finally {
      store.close()
    }
  } catch (cause) {
    printError(cause instanceof Error ? cause.message : String(cause))
    setExitCode(1)
  }
  return undefined
}
