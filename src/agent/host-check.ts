// What a host lacks, or what on it works against us, and what to do: looked at before anything is changed. Reads files only.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { type HostRoute, parseHostRoutes } from './host-routes.ts'

export type HostFinding = {
  /** An error stops the agent before it touches the kernel. */
  readonly severity: 'error' | 'warning'
  /** What it is about, for programs. */
  readonly type: string
  /** What is so, what follows, what to do. */
  readonly message: string
}

/** The host as far as it is looked at; `root` is another folder than `/` only in tests. */
export type Host = {
  readonly check: () => readonly HostFinding[]
  /** Whether the link has an IPv6 default route from router advertisements, which forwarding takes away unless accept_ra is 2. */
  readonly acceptsRouterAdvertisements: (link: string) => boolean
  /** Of IPv6 packets over the link: its own, or less where a router or somebody here said so. Undefined: it has no IPv6. */
  readonly ipv6MtuBytes: (link: string) => number | undefined
  /** Where routes of others lead. */
  readonly routes: () => readonly HostRoute[]
}

export type HostOptions = {
  /** `6.1.0-26-amd64`: what `uname -r` says. */
  readonly kernelRelease: string
  readonly isRoot: boolean
  readonly root?: string
}

type Version = readonly [major: number, minor: number]
/** Next hops of one family for routes of both, WireGuard, rule protocols: all there since 5.6; 5.10 is the oldest kept kernel. */
const KERNEL_FLOOR: Version = [5, 10]
/** On which our own suites run (test/vm). */
const OLDEST_TRIED: Version = [6, 1]

export function openHost({ kernelRelease, isRoot, root = '' }: HostOptions): Host {
  const read = (path: string): string => tryRead(`${root}${path}`) ?? ''
  const has = (path: string): boolean => existsSync(`${root}${path}`)
  const accepting = new Set<string>()
  return {
    check: () => [
      ...checkKernel(kernelRelease),
      ...(isRoot
        ? []
        : [error('NotRoot', 'the agent does not run as root and cannot change the network; start it as root')]),
      ...(has('/proc/sys/net/ipv6') ? [] : [NO_IPV6]),
      ...(isHostsNetwork(root) && has('/run/systemd/netif') && !managesNothingForeign(root) ? [NETWORKD] : []),
      ...(isHostsNetwork(root) && has('/run/NetworkManager') && !keepsOff(root) ? [NETWORK_MANAGER] : []),
      ...checkLegacyFilter(read('/proc/net/ip_tables_names')),
    ],
    acceptsRouterAdvertisements(link) {
      // Once yes, always yes: a default route that expires for a moment must not change the plan.
      if (accepting.has(link)) return true
      const setting = (name: string): string => read(`/proc/sys/net/ipv6/conf/${link}/${name}`).trim()
      const acceptance = setting('accept_ra')
      if (acceptance === '' || acceptance === '0') return false
      // With forwarding on, 1 accepts nothing; and all routes of a gateway are too many to read at every round.
      if (acceptance === '1' && setting('forwarding') === '1') return false
      if (acceptance === '1' && !hasAdvertisedDefault(read('/proc/net/ipv6_route'), link)) return false
      accepting.add(link)
      return true
    },
    ipv6MtuBytes: (link) => Number(read(`/proc/sys/net/ipv6/conf/${link}/mtu`)) || undefined,
    routes: () => parseHostRoutes({ ipv4: read('/proc/net/route'), ipv6: read('/proc/net/ipv6_route') }),
  }
}

const error = (type: string, message: string): HostFinding => ({ severity: 'error', type, message })
const warning = (type: string, message: string): HostFinding => ({ severity: 'warning', type, message })

function checkKernel(release: string): HostFinding[] {
  const isBefore = ([major, minor]: Version): boolean => {
    const [its = 0, itsMinor = 0] = release.split(/[.-]/).map(Number)
    return its < major || (its === major && itsMinor < minor)
  }
  if (isBefore(KERNEL_FLOOR))
    return [error('OldKernel', `the kernel is ${release}, and damask needs ${KERNEL_FLOOR.join('.')}; update it`)]
  if (!isBefore(OLDEST_TRIED)) return []
  const tried = OLDEST_TRIED.join('.')
  return [
    warning(
      'OldKernel',
      `the kernel is ${release}, and damask was tried on none before ${tried}; if something fails, update it`,
    ),
  ]
}

const NO_IPV6 = warning(
  'NoIpv6',
  'this kernel has IPv6 switched off, and without it there are no pods, no tunnels and no vxlan, also in a network of IPv4 alone; ' +
    'boot it without ipv6.disable=1',
)
const NETWORKD = warning(
  'Networkd',
  'systemd-networkd is running and removes rules, routes and next hops of others when it restarts; put ' +
    '"[Network]\\nManageForeignRoutingPolicyRules=no\\nManageForeignRoutes=no\\nManageForeignNextHops=no" into /etc/systemd/networkd.conf.d/damask.conf',
)
const NETWORK_MANAGER = warning(
  'NetworkManager',
  'NetworkManager is running and may take over our devices; put ' +
    '"[keyfile]\\nunmanaged-devices=interface-name:damask*;interface-name:dmk*" into /etc/NetworkManager/conf.d/damask.conf',
)

/** The host's managers look after the network of its first process alone, not after that of a container or a lab. */
function isHostsNetwork(root: string): boolean {
  const [first, own] = ['1', 'self'].map((pid) => tryReadLink(`${root}/proc/${pid}/ns/net`))
  return first !== undefined && first === own // who may not look is no process of the host
}

const managesNothingForeign = (root: string): boolean =>
  ['/etc/systemd/networkd.conf', ...filesIn(root, '/etc/systemd/networkd.conf.d')].some((path) =>
    /^\s*ManageForeignRoutes\s*=\s*(no|false|0|off)\s*$/im.test(tryRead(`${root}${path}`) ?? ''),
  )

const keepsOff = (root: string): boolean =>
  filesIn(root, '/etc/NetworkManager/conf.d').some((path) =>
    /^\s*unmanaged-devices\s*[+]?=.*interface-name:damask\*/im.test(tryRead(`${root}${path}`) ?? ''),
  )

function checkLegacyFilter(tables: string): HostFinding[] {
  const names = tables.split('\n').filter((name) => name !== '')
  if (!names.includes('filter')) return []
  return [
    warning(
      'LegacyFilter',
      'legacy iptables has a filter table here, and a drop in it cannot be overruled; if its FORWARD chain drops, accept the pod prefixes in it (iptables-legacy -I FORWARD …)',
    ),
  ]
}

/** RTF_DEFAULT and RTF_ADDRCONF, linux/ipv6_route.h: a default route learned by router discovery. */
const ADVERTISED_DEFAULT = 0x0005_0000

/** Lines of /proc/net/ipv6_route: destination, its length, …, flags (the ninth), link. */
const hasAdvertisedDefault = (routes: string, link: string): boolean =>
  routes.split('\n').some((line) => {
    const fields = line.trim().split(/\s+/)
    return fields[9] === link && (Number.parseInt(fields[8] ?? '', 16) & ADVERTISED_DEFAULT) === ADVERTISED_DEFAULT
  })

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function tryReadLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function filesIn(root: string, folder: string): string[] {
  try {
    return readdirSync(`${root}${folder}`).map((name) => `${folder}/${name}`)
  } catch {
    return []
  }
}
