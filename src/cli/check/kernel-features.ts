// Whether this kernel has what Damask makes of it: tried in a network namespace that nobody else has and that is gone at once.
import { existsSync } from 'node:fs'
import {
  CLONE_NEWNET,
  inNamespace,
  type NamespaceHandle,
  openKernel,
  openNamespace,
  openNftables,
  openRtnetlink,
  unshare,
} from '../../linux/index.ts'
import { parseAddress } from '../../model/index.ts'

export type KernelFeatures = {
  readonly release: string
  /** Undefined: could not be tried. `program`: wireguard-go, by a TUN device. */
  readonly wireguard?: 'kernel' | 'program' | 'none'
  /** Whether wireguard-go would find its TUN device. */
  readonly hasTun: boolean
  /** What was tried and refused: the feature, and what the kernel said. */
  readonly refused: readonly { readonly feature: Feature; readonly said: string }[]
  /** Why nothing could be tried. */
  readonly untried?: string
}

export type Feature = 'vxlan' | 'ipip' | 'veth' | 'nftables' | 'next hops'

export async function tryKernelFeatures(release: string, root: string): Promise<KernelFeatures> {
  const hasTun = existsSync(`${root}/dev/net/tun`)
  let scratch: NamespaceHandle
  try {
    scratch = openScratchNamespace()
  } catch (cause) {
    return { release, hasTun, refused: [], untried: messageOf(cause) }
  }
  try {
    const refused = [...tryLinks(scratch), ...(await tryNftables(scratch))]
    const hasKernels = await hasKernelWireguard(scratch)
    return { release, hasTun, refused, wireguard: hasKernels ? 'kernel' : hasTun ? 'program' : 'none' }
  } finally {
    scratch.close()
  }
}

/** Without a name: it goes with its handle. */
function openScratchNamespace(): NamespaceHandle {
  const home = openNamespace('/proc/self/ns/net')
  try {
    return inNamespace(home, () => {
      unshare(CLONE_NEWNET)
      return openNamespace('/proc/thread-self/ns/net')
    })
  } finally {
    home.close()
  }
}

type Refused = KernelFeatures['refused'][number]

function tryLinks(scratch: NamespaceHandle): readonly Refused[] {
  const netlink = openRtnetlink(scratch)
  const local = parseAddress('192.0.2.1')
  try {
    return [
      ...refusalOf('veth', () => netlink.addVethPair({ name: 'a', peer: 'b' })),
      ...refusalOf('vxlan', () => netlink.addVxlan({ name: 'vxlan', networkIdentifier: 1, port: 8472, isUp: false })),
      ...refusalOf('ipip', () => netlink.addIpip({ name: 'ipip', local, mark: 1, isUp: false })),
      ...refusalOf('next hops', () => netlink.nextHops()),
    ]
  } finally {
    netlink.close()
  }
}

function refusalOf(feature: Feature, attempt: () => unknown): readonly Refused[] {
  try {
    attempt()
    return []
  } catch (cause) {
    return [{ feature, said: messageOf(cause) }]
  }
}

/** What our filter is made of: both hooks, sets, masquerading, tracking, the segment size of TCP. */
const RULES = `table inet damask-check {
  set some { type ipv4_addr; flags interval; elements = { 192.0.2.0/24 }; }
  chain forward { type filter hook forward priority 0; ip saddr @some ct state new tcp flags syn tcp option maxseg size set rt mtu; }
  chain raw { type filter hook prerouting priority raw; notrack; }
  chain nat { type nat hook postrouting priority srcnat; oifname "x" masquerade; }
}`

async function tryNftables(scratch: NamespaceHandle): Promise<readonly Refused[]> {
  try {
    const nftables = openNftables(scratch)
    try {
      await nftables.run(RULES)
      return []
    } finally {
      nftables.close()
    }
  } catch (cause) {
    return [{ feature: 'nftables', said: messageOf(cause) }]
  }
}

async function hasKernelWireguard(namespace: NamespaceHandle): Promise<boolean> {
  const kernel = await openKernel({ namespace, privateKeys: new Map(), wireguardPrograms: [] })
  try {
    return kernel.wireguard() === 'kernel'
  } finally {
    kernel.close()
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
