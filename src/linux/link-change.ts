// Links of ours made, set and removed. Each is in our group, makes no addresses by itself, and is up.
import { type Change, LINK_GROUP, type Link } from '../model/index.ts'
import { netlinkError } from './netlink/netlink-error.ts'
import { isOurLink } from './observed-link.ts'
import type { LinkRecord } from './rtnetlink/link-message.ts'
import type { Rtnetlink } from './rtnetlink.ts'
import type { SeenLinks } from './seen-links.ts'
import { codeOf, systemError } from './system-error.ts'

/** Where WireGuard links come from: the kernel, or wireguard-go, which ends when its link is deleted. */
export type WireguardLinks = {
  /** Makes it, down, in no group. */
  createLink(name: string, mtuBytes: number): Promise<void>
}

export type LinkDoors = {
  readonly rtnetlink: Rtnetlink
  readonly wireguard: WireguardLinks
  readonly seen: Pick<SeenLinks, 'isSame'>
}

type LinkChange = Change & { readonly entry: Link }

export async function applyLink({ rtnetlink, wireguard, seen }: LinkDoors, change: LinkChange): Promise<void> {
  const { entry, op } = change
  const found = op === 'create' ? undefined : findOurs(rtnetlink, entry.name)
  if (op === 'delete') {
    if (found !== undefined && seen.isSame(found)) await rtnetlink.deleteLinkAsync(found.index)
    return
  }
  if (op === 'create') await makeLink(rtnetlink, wireguard, entry)
  try {
    finishLink(rtnetlink, entry, op === 'update' && change.observed.kind === 'link' ? change.observed : undefined)
  } catch (error) {
    if (op === 'create') await rtnetlink.deleteLinkAsync(entry.name).catch(() => {})
    throw error
  }
}

/** Whatever was observed, by now the name may stand for a link of another program. */
function findOurs(rtnetlink: Rtnetlink, name: string): LinkRecord | undefined {
  const found = rtnetlink.findLink(name)
  if (found === undefined || isOurLink(found)) return found
  throw netlinkError(`cannot touch ${name}`, { errno: 17, code: 'EEXIST', text: 'it is not in our group of links' })
}

async function makeLink(
  rtnetlink: Rtnetlink,
  wireguard: WireguardLinks,
  { name, type, mtuBytes, hardwareAddress }: Link,
): Promise<void> {
  const options = { name, mtuBytes, hardwareAddress, group: LINK_GROUP, isUp: false }
  switch (type.kind) {
    case 'dummy':
      return addDummy(rtnetlink, options)
    case 'vxlan': {
      const { kind: _, ...parameters } = type
      return rtnetlink.addVxlan({ ...options, ...parameters })
    }
    case 'ipip':
      return rtnetlink.addIpip({ ...options, local: type.local, mark: type.mark })
    case 'wireguard':
      return wireguard.createLink(name, mtuBytes)
    case 'veth':
      throw systemError('a pod’s link is only made by its CNI ADD', 95, 'start the pod again')
  }
}

/** An empty bridge does as well where the kernel has no dummy devices. */
function addDummy(rtnetlink: Rtnetlink, options: Parameters<Rtnetlink['addDummy']>[0]): void {
  try {
    rtnetlink.addDummy(options)
  } catch (error) {
    if (codeOf(error) !== 'EOPNOTSUPP') throw error
    rtnetlink.addBridge(options)
  }
}

function finishLink(rtnetlink: Rtnetlink, { name, mtuBytes, hardwareAddress }: Link, observed: Link | undefined): void {
  const index = rtnetlink.linkIndex(name)
  const isSameMtu = mtuBytes === observed?.mtuBytes
  const isSameAddress = hardwareAddress === observed?.hardwareAddress
  rtnetlink.setLink(index, {
    group: LINK_GROUP,
    ...(!isSameMtu && { mtuBytes }),
    ...(!isSameAddress && { hardwareAddress }),
  })
  try {
    rtnetlink.setLink(index, { addressGeneration: 'none' })
  } catch (error) {
    if (codeOf(error) !== 'EAFNOSUPPORT') throw error // IPv6 is switched off: nothing makes addresses
  }
  rtnetlink.setLink(index, { isUp: true })
}
