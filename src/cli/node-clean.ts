// Takes away from this host all that is ours, in an order in which no pod is ever in the clear: first the runtime stops sending
// pods, then routes, links and tunnels go, then filter, rules and guards, and only then what the host was set to for us.
import { join } from 'node:path'
import { AGENT_SOCKET, askAgent, cleanKernel, restoreSysctls, SYSCTLS_FILE } from '../agent/index.ts'
import { CNI_RECORD_FILE, openInstalledFiles } from '../cni/index.ts'
import {
  askKeeper,
  devicesWithSocket,
  endWireguardGo,
  findWireguardGo,
  KEEPER_SOCKET,
  KEPT_NAME,
  keeperAnswers,
  openKernel,
  openRtnetlink,
  SOCKETS_FOLDER,
} from '../linux/index.ts'
import { keyOf, LINK_GROUP, LINK_PREFIX, POD_LINK_PREFIX } from '../model/index.ts'
import { removeFolders } from './node-clean-files.ts'
import { findOtherPodLinks } from './other-pod-links.ts'

export type CleaningStep = {
  readonly change: 'removed' | 'restored' | 'kept' | 'failed'
  /** A kind of entry (link, route, …), or file, folder, process. */
  readonly kind: string
  readonly name: string
  /** Why it was kept, or what was refused. */
  readonly because?: string
}

export type CleaningOptions = {
  readonly folders: { readonly state: string; readonly run: string }
  /** The key and its folder stay, so that the machine can come back as the same node. */
  readonly keepsKey: boolean
  readonly tell: (step: CleaningStep) => void
  readonly warn: (message: string) => void
}

/** Whether an agent runs, so that all would be put back; how many pods would lose their network. */
export async function lookBeforeCleaning(run: string): Promise<{ readonly agentRuns: boolean; readonly pods: number }> {
  const agentRuns = await askAgent(join(run, AGENT_SOCKET), '/healthz').then(
    () => true,
    () => false,
  )
  return { agentRuns, pods: ownLinks().filter(({ name }) => name.startsWith(POD_LINK_PREFIX)).length }
}

/** What is not there is nobody's failure, so that it may be called again, and on a host that was set up in part. */
export async function cleanHost(options: CleaningOptions): Promise<void> {
  await removeCniFiles(options)
  await removeFromKernel(options)
  await endProcesses(options)
  const log = { warn: (_: object, message: string) => options.warn(message) }
  const others = findOtherPodLinks()
  for (const { key, value, kept } of await restoreSysctls(
    join(options.folders.state, SYSCTLS_FILE),
    others.length > 0,
    log,
  )) {
    const reasons = {
      changed: `somebody made it ${value} since`,
      needed: `${some(others)} of others may need it ${value}`,
      refused: 'the kernel refused the old value',
    }
    if (kept === undefined) options.tell({ change: 'restored', kind: 'sysctl', name: `${key} = ${value}` })
    else
      options.tell({
        change: kept === 'refused' ? 'failed' : 'kept',
        kind: 'sysctl',
        name: key,
        because: reasons[kept],
      })
  }
  await removeFolders(options)
}

const MOST_NAMED = 3
const some = (names: readonly string[]): string =>
  names.length <= MOST_NAMED
    ? names.join(', ')
    : `${names.slice(0, MOST_NAMED).join(', ')} and ${names.length - MOST_NAMED} more`

async function removeCniFiles({ folders, tell }: CleaningOptions): Promise<void> {
  const { removed, kept } = await (await openInstalledFiles(join(folders.state, CNI_RECORD_FILE))).removeAll()
  for (const name of removed) tell({ change: 'removed', kind: 'file', name })
  for (const name of kept) tell({ change: 'kept', kind: 'file', name, because: 'somebody changed it' })
}

async function removeFromKernel({ tell, warn }: CleaningOptions): Promise<void> {
  const log = { warn: (_: object, message: string) => warn(message) }
  const kernel = await openKernel({ privateKeys: new Map(), log })
  try {
    const { removed, failures } = await cleanKernel(kernel)
    for (const entry of removed) {
      // What a link carries is not told apart: it goes with it.
      if (entry.kind === 'wireguard-device' || entry.kind === 'wireguard-peer') continue
      tell({ change: 'removed', kind: entry.kind, name: keyOf(entry).slice(entry.kind.length + 1) })
    }
    for (const { change, message } of failures)
      tell({ change: 'failed', kind: change.entry.kind, name: keyOf(change.entry), because: message })
  } finally {
    kernel.close()
  }
  // Of kinds that no version of ours makes today, but with both of our marks.
  const rtnetlink = openRtnetlink()
  try {
    for (const { index, name } of ownLinks()) {
      await rtnetlink.deleteLinkAsync(index)
      tell({ change: 'removed', kind: 'link', name })
    }
  } finally {
    rtnetlink.close()
  }
}

function ownLinks(): readonly { readonly name: string; readonly index: number }[] {
  const rtnetlink = openRtnetlink()
  try {
    return rtnetlink
      .links()
      .filter(
        ({ name, group }) => group === LINK_GROUP && (name.startsWith(LINK_PREFIX) || name.startsWith(POD_LINK_PREFIX)),
      )
  } finally {
    rtnetlink.close()
  }
}

/** A wireguard-go ends with its device; here are those whose device never was one of ours, or that hang. */
async function endProcesses({ folders, tell, warn }: CleaningOptions): Promise<void> {
  const keeper = join(folders.run, KEEPER_SOCKET)
  const running = [...findWireguardGo().keys(), ...devicesWithSocket(SOCKETS_FOLDER)]
  for (const name of new Set(running.filter((device) => KEPT_NAME.test(device)))) {
    if (await keeperAnswers(keeper))
      await askKeeper(keeper, 'DELETE', name).catch((cause) =>
        warn(cause instanceof Error ? cause.message : String(cause)),
      )
    const pid = findWireguardGo().get(name)
    if (pid === undefined) continue
    await endWireguardGo(name, pid)
    tell({ change: 'removed', kind: 'process', name: `wireguard-go ${name} (${pid})` })
  }
}
