// The Kernel of the model, made of the real one.
import type { Change, Kernel, Observed, PublicKey } from '../model/index.ts'
import { applyChanges } from './apply.ts'
import { createKeptReads } from './kept-reads.ts'
import { type NamespaceHandle, openNamespace } from './namespace.ts'
import { openFilterStore } from './nftables/filter-store.ts'
import { observeKernel, observeSysctls } from './observe.ts'
import { openRtnetlink } from './rtnetlink.ts'
import { rememberLinks } from './seen-links.ts'
import { rememberUnmarkedAddresses } from './unmarked-address.ts'
import { type KernelWatch, watchKernel } from './watch.ts'
import type { WireguardImplementation } from './wireguard/device-settings.ts'
import { openWireguard } from './wireguard/wireguard-store.ts'

export type KernelOptions = {
  /** Left out: where the process is. May be closed once the kernel is open. */
  readonly namespace?: NamespaceHandle | undefined
  /** In base64, by public half. Read at every change, so that keys may come later. */
  readonly privateKeys: ReadonlyMap<PublicKey, string>
  /** Folder of the sockets of wireguard-go; default /var/run/wireguard. */
  readonly wireguardSockets?: string | undefined
  /** Folders where wireguard-go is looked for, the first that has it; default `PROGRAM_FOLDERS`. */
  readonly wireguardPrograms?: readonly string[] | undefined
  /** Of a keeper of wireguard-go: where there is such a socket, it starts the processes, so that they outlive this one's container. */
  readonly keeperSocket?: string | undefined
  readonly log?: { readonly warn: (fields: object, message: string) => void } | undefined
}

export type LinuxKernel = Kernel & {
  /** Lets go of what is only kept to be quicker the next time. Never rejects. */
  releaseMemory(): Promise<void>
  /** Whose devices are made from now on. */
  wireguard(): WireguardImplementation
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
  wireguardPrograms,
  keeperSocket,
  log,
}: KernelOptions): Promise<LinuxKernel> {
  const closers: (() => void)[] = []
  const close = (): void => {
    for (const closer of closers.splice(0).reverse()) closer()
  }
  const keep = <T extends { close(): void }>(opened: T): T => {
    closers.push(opened.close)
    return opened
  }
  try {
    const place = namespace && keep(reopen(namespace))
    const rtnetlink = keep(openRtnetlink(place))
    const filter = keep(openFilterStore(place))
    const wireguard = keep(
      openWireguard({
        namespace: place,
        privateKeys,
        socketsFolder: wireguardSockets,
        programFolders: wireguardPrograms,
        keeperSocket,
        log,
      }),
    )
    const unmarked = rememberUnmarkedAddresses(rtnetlink)
    const watches = new Set<KernelWatch>()
    const kept = createKeptReads(() => [...watches].some((watch) => watch.catchUp()))
    const doors = { namespace: place, rtnetlink, unmarked, filter, wireguard, kept, seen: rememberLinks() }
    closers.push(() => {
      for (const { stop } of watches) stop()
      watches.clear()
    })
    return {
      wireguard: wireguard.implementation,
      releaseMemory: filter.releaseMemory,
      observe: (sysctlKeys) => observeKernel(doors, sysctlKeys),
      async observeUnannounced(wireguardLinks, sysctlKeys) {
        const { entries, activity } = await wireguard.observe(wireguardLinks)
        return { entries: [...observeSysctls(place, sysctlKeys), ...entries], activity }
      },
      async apply(changes) {
        const forget = changes.some(touchesLists) ? kept.forget : (): void => {}
        forget()
        return applyChanges(doors, changes).finally(forget)
      },
      watch(onChange) {
        const watch = watchKernel(doors, onChange, kept.forget)
        watches.add(watch)
        return () => {
          if (watches.delete(watch)) watch.stop()
        }
      },
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

/** Not what WireGuard and the packet filter keep to themselves: nothing that is told in a long list hangs on it. */
const touchesLists = ({ entry: { kind } }: Change): boolean =>
  kind !== 'wireguard-device' && kind !== 'wireguard-peer' && kind !== 'filter-table'

/** A handle of our own: sysctls are read through it for as long as the kernel is open. */
const reopen = (handle: NamespaceHandle): NamespaceHandle => openNamespace(`/proc/self/fd/${handle.fd}`)
