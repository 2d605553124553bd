// This machine's kernel as the older side; all other nodes are taken to be as the files say.
import { lookup } from 'node:dns/promises'
import { observeLocal, openHost } from '../../agent/index.ts'
import { openKernel } from '../../linux/index.ts'
import {
  type Address,
  hint,
  listNames,
  type NodeState,
  sysctlKeysOf,
  tryAddress,
  type World,
} from '../../model/index.ts'
import { planNode } from '../../planner/index.ts'
import type { PlannedWorld } from '../planned-world.ts'
import type { Terminal } from '../terminal.ts'
import { observedState } from './observed-state.ts'
import { planSides } from './planned-sides.ts'
import type { Sides } from './sides.ts'

/** Rejects where the world has no such node, knows no keys, or the kernel cannot be read. */
export async function machineSides(
  { world }: PlannedWorld,
  name: string,
  terminal: Terminal,
): Promise<Sides | undefined> {
  refuse(world, name)
  // A Lab among the files says nothing of the networks that this machine stands in.
  const same = { world, hosts: await resolveHosts(world) }
  const planned = await planSides(same, same, terminal)
  const node = world.nodes.get(name)
  if (planned === undefined || node === undefined) return undefined
  const { old, next } = planned
  const kernel = await openKernel({ privateKeys: new Map() })
  try {
    const { hostLinks } = await kernel.observe([])
    const host = openHost({ kernelRelease: '', isRoot: true })
    const { resolvedHosts } = next
    const { local, addressesInstead } = observeLocal({
      node,
      hostLinks,
      pods: [],
      host,
      liveness: undefined,
      resolvedHosts,
    })
    if (addressesInstead !== undefined)
      throw new Error(
        `cannot compare ${name} with this machine: none of its private addresses is on a link here (${addressesInstead.join(', ')}); name the node that this machine is, or with --lab the lab that runs here`,
      )
    const wanted = planNode(next.plan, name, local)
    const { entries } = await kernel.observe(sysctlKeysOf(wanted))
    const withNode = (states: readonly NodeState[], own: NodeState) =>
      states.map((state) => (state.node === name ? own : state))
    return {
      old: { ...old, states: withNode(old.states, observedState(wanted, entries)), planned: [wanted] },
      next: { ...next, states: withNode(next.states, wanted) },
      oldName: 'the kernel of this machine',
      notes: ['all other nodes are taken to be as planned', 'links of pods are left out: no file names them'],
    }
  } finally {
    kernel.close()
  }
}

function refuse({ nodes, statuses }: World, name: string): void {
  const names = [...nodes.keys()]
  if (!nodes.has(name))
    throw new Error(`there is no node ${name} in this world; it has ${listNames(names)}${hint(name, names)}`)
  if (names.length > 1 && names.every((one) => statuses.get(one)?.publicKey === undefined))
    throw new Error(
      'cannot compare with this machine: these files know no public key of any node, and its kernel has some; name the folder that its agent reads (damask agent --store), or --kubernetes',
    )
}

/** A name that cannot be resolved is left out: its peer is compared without an endpoint that could have moved. */
async function resolveHosts({ nodes }: World): Promise<ReadonlyMap<string, readonly Address[]>> {
  const names = new Set(
    [...nodes.values()].flatMap(({ endpoint }) => (typeof endpoint?.host === 'string' ? [endpoint.host] : [])),
  )
  const found = await Promise.all(
    [...names].map(async (name): Promise<readonly [string, readonly Address[]][]> => {
      const answers = await lookup(name, { all: true }).catch(() => [])
      const addresses = answers.flatMap(({ address }) => tryAddress(address) ?? [])
      return addresses.length === 0 ? [] : [[name.replace(/\.$/, ''), addresses]]
    }),
  )
  return new Map(found.flat())
}
