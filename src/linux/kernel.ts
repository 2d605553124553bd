// The Kernel of the model, made of the real one.
import type { Kernel, Observed, PublicKey } from '../model/index.ts'
import { applyChanges } from './apply.ts'
import { type NamespaceHandle, openNamespace } from './namespace.ts'
import { openFilterStore } from './nftables/filter-store.ts'
import { observeKernel, observeSysctls } from './observe.ts'
import { openRtnetlink } from './rtnetlink.ts'
import { watchKernel } from './watch.ts'
import { openWireguard } from './wireguard/wireguard-store.ts'

export type KernelOptions = {
  /** Left out: where the process is. May be closed once the kernel is open. */
  readonly namespace?: NamespaceHandle | undefined
  /** In base64, by public half. Read at every change, so that keys may come later. */
  readonly privateKeys: ReadonlyMap<PublicKey, string>
  /** Folder of the sockets of wireguard-go; default /var/run/wireguard. */
  readonly wireguardSockets?: string | undefined
  readonly log?: { readonly warn: (fields: object, message: string) => void } | undefined
}

export type LinuxKernel = Kernel & {
  readonly wireguard: 'kernel' | 'wireguard-go'
  /** Reads these WireGuard devices and settings alone: the kernel does not announce what is done to them. */
  observeUnannounced(
    wireguardLinks: readonly string[],
    sysctlKeys: readonly string[],
  ): Promise<Pick<Observed, 'entries' | 'activity'>>
}

/** Opens sockets inside the namespace; from then on it is used from anywhere. Writes nothing until told to. */
export async function openKernel({
  namespace,
  privateKeys,
  wireguardSockets,
  log,
}: KernelOptions): Promise<LinuxKernel> {
  const place = reopen(namespace)
  const rtnetlink = openRtnetlink(place)
  const filter = openFilterStore(place)
  const wireguard = openWireguard({ namespace: place, privateKeys, socketsFolder: wireguardSockets, log })
  const doors = { namespace: place, rtnetlink, filter, wireguard }
  const watches = new Set<() => void>()
  return {
    wireguard: wireguard.implementation,
    observe: (sysctlKeys) => observeKernel(doors, sysctlKeys),
    async observeUnannounced(wireguardLinks, sysctlKeys) {
      const { entries, activity } = await wireguard.observe(wireguardLinks)
      return { entries: [...observeSysctls(place, sysctlKeys), ...entries], activity }
    },
    apply: (changes) => applyChanges(doors, changes),
    watch(onChange) {
      const stopWatching = watchKernel(doors, onChange)
      const stop = (): void => {
        if (watches.delete(stop)) stopWatching()
      }
      watches.add(stop)
      return stop
    },
    close() {
      for (const stop of watches) stop()
      wireguard.close()
      filter.close()
      rtnetlink.close()
      place?.close()
    },
  }
}

/** A handle of our own: sysctls are read through it for as long as the kernel is open. */
const reopen = (handle: NamespaceHandle | undefined): NamespaceHandle | undefined =>
  handle && openNamespace(`/proc/self/fd/${handle.fd}`)
