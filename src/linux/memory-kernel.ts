// The kernel in memory: a Kernel that needs no root and no Linux, for tests of what is built on one. It refuses, moves and takes
// away as the real one does where that matters; both pass src/linux/kernel.conformance.ts.
import {
  type Change,
  type Entry,
  FAMILY_BITS,
  type Failure,
  type HostLink,
  type Kernel,
  keyOf,
  link,
  type Observed,
  type PeerActivity,
  type PublicKey,
  sysctl,
  type WireguardPeer,
} from '../model/index.ts'
import { isGoneAlready, thrownFailure } from './failure.ts'
import { makeChange, readSysctl } from './memory-namespace.ts'
import { type MemoryNamespace, refusal } from './memory-refusal.ts'
import { codeOf } from './system-error.ts'

export type MemoryKernelOptions = {
  /** Links that the host has of its own. */
  readonly hostLinks?: readonly HostLink[]
  /** Settings that exist besides those of links; of `all`, `default` and every link there is each. */
  readonly sysctls?: Readonly<Record<string, string>>
  /** Public halves of the private keys that a device may be set to; left out: any. */
  readonly knownKeys?: readonly PublicKey[]
}

export type MemoryKernel = Kernel & {
  /** A change by another program: what it creates does not carry our marks, and what it updates or deletes may be ours. */
  interfere(change: Change): void
  /** Everything that stands, whoever made it; sysctls are left out. */
  standing(): readonly Entry[]
  sysctl(key: string): string | undefined
  setHostLink(hostLink: HostLink): void
  /** A peer is heard from; its endpoint becomes the one given. Nobody is told, as with the real one. */
  setActivity(activity: PeerActivity): void
  /** The next change of this key is refused with this code. */
  refuseNext(key: string, code: string): void
  /** All changes that were made through `apply`, in their order. */
  applied(): readonly Change[]
}

const SYSCTLS = {
  'net/ipv4/ip_forward': '0',
  'net/ipv4/fib_multipath_hash_policy': '0',
  'net/ipv6/fib_multipath_hash_policy': '0',
}

export function openMemoryKernel({ hostLinks = [], sysctls = {}, knownKeys }: MemoryKernelOptions = {}): MemoryKernel {
  const namespace: MemoryNamespace = {
    standing: new Map(),
    hostAddresses: new Map(),
    sysctls: new Map(Object.entries({ ...SYSCTLS, ...sysctls })),
  }
  const activities = new Map<string, PeerActivity>()
  const refusals = new Map<string, string>()
  const watchers = new Set<(what: string) => void>()
  const applied: Change[] = []
  let isClosed = false

  /** Later, and in one call for one cause, as a netlink monitor does. */
  const tell = (what: string): void => {
    for (const watcher of watchers) setImmediate(() => watchers.has(watcher) && watcher(what))
  }

  function setHostLink({ name, mtuBytes, hardwareAddress, addresses }: HostLink): void {
    const entry = link({ name, type: { kind: 'veth' }, mtuBytes, hardwareAddress, because: [] })
    namespace.standing.set(keyOf(entry), { entry, isOurs: false })
    namespace.hostAddresses.set(name, addresses)
    tell(`link ${name}`)
  }
  for (const hostLink of hostLinks) setHostLink(hostLink)

  function applyOne(change: Change): Failure | undefined {
    const { entry } = change
    try {
      const code = refusals.get(keyOf(entry))
      if (code !== undefined) {
        refusals.delete(keyOf(entry))
        throw refusal(code, 'a test said so')
      }
      if (
        entry.kind === 'wireguard-device' &&
        change.op !== 'delete' &&
        knownKeys?.includes(entry.publicKey) === false
      ) {
        throw refusal('ENOKEY', `the private key of ${entry.publicKey} is not here`)
      }
      makeChange(namespace, change, true)
      applied.push(change)
      return undefined
    } catch (error) {
      return isGoneAlready(change, codeOf(error) ?? '') ? undefined : thrownFailure(change, error)
    }
  }

  function observe(sysctlKeys: readonly string[]): Observed {
    const entries: Entry[] = [...namespace.standing.values()].flatMap(({ entry, isOurs }) => (isOurs ? [entry] : []))
    for (const key of sysctlKeys) {
      const value = readSysctl(namespace, key)
      if (value !== undefined) entries.push(sysctl({ key, value, because: [] }))
    }
    const activity = entries.flatMap((entry) =>
      entry.kind === 'wireguard-peer' ? [activityOf(entry, activities.get(keyOf(entry)))] : [],
    )
    return { entries, activity, hostLinks: readHostLinks(namespace) }
  }

  const refuseClosed = (): void => {
    if (isClosed) throw new Error('the kernel in memory was closed')
  }

  return {
    async observe(sysctlKeys) {
      refuseClosed()
      return observe(sysctlKeys)
    },
    async apply(changes) {
      refuseClosed()
      const failures = changes.map(applyOne).filter((failure) => failure !== undefined)
      if (failures.length < changes.length) tell('changes of our own')
      return failures
    },
    watch(onChange) {
      refuseClosed()
      watchers.add(onChange)
      return () => void watchers.delete(onChange)
    },
    close() {
      isClosed = true
      watchers.clear()
    },
    interfere(change) {
      makeChange(namespace, change, false)
      if (isAnnounced(change.entry)) tell(keyOf(change.entry))
    },
    standing: () => [...namespace.standing.values()].map(({ entry }) => entry),
    sysctl: (key) => readSysctl(namespace, key),
    setHostLink,
    setActivity(activity) {
      const key = `wireguard-peer ${activity.link} ${activity.publicKey}`
      const peer = namespace.standing.get(key)
      if (peer?.entry.kind !== 'wireguard-peer') throw new Error(`there is no ${key}`)
      activities.set(key, activity)
      const { endpoint } = activity
      if (endpoint !== undefined) namespace.standing.set(key, { ...peer, entry: { ...peer.entry, endpoint } })
    },
    refuseNext: (key, code) => void refusals.set(key, code),
    applied: () => applied,
  }
}

/** The kernel is silent about WireGuard, and tells of no settings but these. */
const isAnnounced = (entry: Entry): boolean =>
  entry.kind === 'sysctl' ? /forward|rp_filter/.test(entry.key) : !entry.kind.startsWith('wireguard')

function activityOf({ link, publicKey, endpoint }: WireguardPeer, seen: PeerActivity | undefined): PeerActivity {
  const { lastHandshake = 0, receivedBytes = 0, sentBytes = 0 } = seen ?? {}
  return { link, publicKey, ...(endpoint && { endpoint }), lastHandshake, receivedBytes, sentBytes }
}

function readHostLinks({ standing, hostAddresses }: MemoryNamespace): HostLink[] {
  const entries = [...standing.values()].map(({ entry }) => entry)
  return entries.flatMap((entry) => {
    if (entry.kind !== 'link') return []
    const { name, mtuBytes, hardwareAddress = '', isDown } = entry
    const own = entries.flatMap((other) =>
      other.kind === 'address' && other.link === name
        ? [{ address: other.address, length: FAMILY_BITS[other.address.family] }]
        : [],
    )
    return [{ name, mtuBytes, hardwareAddress, isUp: !isDown, addresses: [...(hostAddresses.get(name) ?? []), ...own] }]
  })
}
