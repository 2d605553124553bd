// What a machine is like as far as it matters to Damask. Reads, and tries in a namespace of its own; changes nothing.
import { readdirSync, readFileSync } from 'node:fs'
import { type HostFinding, openHost } from '../../agent/index.ts'
import { openNftables, openRtnetlink, readLegacyFilter } from '../../linux/index.ts'
import { formatAddress, formatPrefix, LINK_GROUP, PROTOCOL, type Prefix } from '../../model/index.ts'
import { lookAtMachine } from '../machine-look.ts'
import { type ForwardDrop, findForwardDrops } from './forward-chains.ts'
import { type KernelFeatures, tryKernelFeatures } from './kernel-features.ts'
import { legacyListing } from './legacy-listing.ts'
import { lookAtServer, type ServerLook } from './server-look.ts'
import { type TakenPort, takenPorts } from './taken-ports.ts'

export type NodeWishes = {
  /** Where the host's /dev, /etc, /proc and /run are; empty: where they belong. */
  readonly root: string
  readonly podPrefixes: readonly Prefix[]
  readonly servicePrefixes: readonly Prefix[]
  readonly ports: readonly WantedPort[]
  /** As agents will reach it. */
  readonly apiServer?: string
  /** Where runtimes of this machine find their configurations. */
  readonly cniFolder: string
}

export type WantedPort = {
  readonly protocol: 'udp' | 'tcp'
  readonly port: number
  readonly use: string
  /** False: Damask does without. */
  readonly isNeeded: boolean
}

export type NodeFacts = {
  readonly kernel: KernelFeatures
  readonly host: readonly HostFinding[]
  readonly taken: readonly TakenPort[]
  /** Damask is here already: what it holds itself is no trouble. */
  readonly hasDamask: boolean
  /** Links of others that hold sockets in the kernel: `wg0 (wireguard)`. */
  readonly kernelSockets: readonly string[]
  /** Of other plugins, in the order in which the runtime takes them. */
  readonly cni: readonly { readonly file: string; readonly plugins: readonly string[] }[]
  readonly drops: readonly ForwardDrop[]
  /** Why the packet filter could not be read. */
  readonly filterError?: string
  /** The same of the filter of iptables-legacy, which is another one. */
  readonly legacyError?: string
  /** `eth0 172.31.0.11/20`: by which others may know the machine. */
  readonly subnets: readonly { readonly link: string; readonly address: string; readonly length: number }[]
  /** Of others, in the main table: `10.42.0.0/16 over tun0`. */
  readonly routes: readonly { readonly to: string; readonly link: string }[]
  readonly server?: ServerLook
}

export async function lookAtNode(
  wishes: NodeWishes,
  { kernelRelease, isRoot }: { readonly kernelRelease: string; readonly isRoot: boolean },
): Promise<NodeFacts> {
  const { root, podPrefixes, ports, apiServer, cniFolder } = wishes
  const [kernel, filter, server] = await Promise.all([
    tryKernelFeatures(kernelRelease, root),
    readFilter(podPrefixes),
    apiServer === undefined ? undefined : lookAtServer(apiServer),
  ])
  const legacy = readLegacy(podPrefixes)
  return {
    kernel,
    host: openHost({ kernelRelease, isRoot, root }).check(),
    taken: takenPorts(ports, root),
    cni: otherPlugins(`${root}${cniFolder}`),
    ...filter,
    ...legacy,
    drops: [...filter.drops, ...legacy.drops],
    ...lookAtLinks(),
    ...(server && { server }),
  }
}

async function readFilter(podPrefixes: readonly Prefix[]): Promise<Pick<NodeFacts, 'drops' | 'filterError'>> {
  try {
    const nftables = openNftables()
    try {
      return { drops: findForwardDrops(await nftables.runJson([{ list: { ruleset: null } }]), podPrefixes) }
    } finally {
      nftables.close()
    }
  } catch (cause) {
    return { drops: [], filterError: cause instanceof Error ? cause.message : String(cause) }
  }
}

function readLegacy(podPrefixes: readonly Prefix[]): Pick<NodeFacts, 'drops' | 'legacyError'> {
  try {
    const drops = ([4, 6] as const).flatMap((family) =>
      findForwardDrops(legacyListing(family === 4 ? 'ip' : 'ip6', readLegacyFilter(family) ?? []), podPrefixes),
    )
    return { drops: drops.map((drop) => ({ ...drop, isLegacy: true })) }
  } catch (cause) {
    return { drops: [], legacyError: cause instanceof Error ? cause.message : String(cause) }
  }
}

/** Kinds of links that hold a UDP socket in the kernel. */
const TUNNELS = ['wireguard', 'vxlan', 'geneve', 'gtp', 'bareudp']
const MAIN = 254

function lookAtLinks(): Pick<NodeFacts, 'hasDamask' | 'kernelSockets' | 'subnets' | 'routes'> {
  const netlink = openRtnetlink()
  try {
    const links = netlink.links()
    const names = new Map(links.map(({ index, name }) => [index, name]))
    const ours = new Set(links.flatMap(({ index, group }) => (group === LINK_GROUP ? [index] : [])))
    const routes = ([4, 6] as const).flatMap((family) => netlink.routes(family))
    return {
      hasDamask: ours.size > 0,
      kernelSockets: links.flatMap(({ index, name, kind }) =>
        TUNNELS.includes(kind) && !ours.has(index) ? [`${name} (${kind})`] : [],
      ),
      subnets: lookAtMachine().links.flatMap(({ name, addresses }) =>
        addresses.map(({ address, length }) => ({ link: name, address: formatAddress(address), length })),
      ),
      routes: routes.flatMap(({ to, table, type, protocol, hops }) => {
        const over = hops.flatMap(({ index }) => (index === undefined ? [] : [index]))
        if (table !== MAIN || to.length === 0 || type !== 'unicast' || protocol === PROTOCOL) return []
        if (over.some((index) => ours.has(index))) return []
        return [{ to: formatPrefix(to), link: over.map((index) => names.get(index) ?? '?').join(', ') || 'a next hop' }]
      }),
    }
  } finally {
    netlink.close()
  }
}

/** Files that the runtime would read (libcni: .conf, .conflist, .json; the first by name counts), without ours. */
function otherPlugins(folder: string): NodeFacts['cni'] {
  return tryList(folder)
    .filter((name) => /^[^.].*\.(conf|conflist|json)$/.test(name))
    .sort()
    .flatMap((file) => {
      const plugins = pluginsOf(tryRead(`${folder}/${file}`))
      return plugins.includes('damask') ? [] : [{ file, plugins }]
    })
}

function pluginsOf(text: string): readonly string[] {
  try {
    const { type, plugins = [] }: { type?: string; plugins?: readonly { type?: string }[] } = JSON.parse(text)
    return [type, ...plugins.map((plugin) => plugin.type)].filter((one) => one !== undefined)
  } catch {
    return []
  }
}

function tryList(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
