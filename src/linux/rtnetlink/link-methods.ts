// What can be done with links over one socket.
import type { NamespaceHandle } from '../namespace.ts'
import type { Message } from '../netlink/message.ts'
import { type NetlinkError, netlinkError } from '../netlink/netlink-error.ts'
import type { NetlinkSocket } from '../netlink/socket.ts'
import { codeOf } from '../system-error.ts'
import { type LinkRecord, tryLinkRecord } from './link-message.ts'
import {
  deleteLinkMessage,
  dumpLinksMessage,
  getLinkMessage,
  type LinkInfo,
  type LinkReference,
  type LinkSettings,
  type NewLink,
  newLinkMessages,
  setLinkMessages,
} from './link-request.ts'

type LinkOptions = Omit<NewLink, 'master'> & {
  /** The bridge to be a port of. */ readonly master?: LinkReference | undefined
}
type VethOptions = LinkOptions & {
  /** Name of the other end. It is made down: set it up by a socket opened in its namespace. */
  readonly peer: string
  /** Where the other end is made; left out: here. */
  readonly peerNamespace?: NamespaceHandle | undefined
  readonly peerHardwareAddress?: string | undefined
}
type VxlanOptions = LinkOptions & Omit<Extract<LinkInfo, { kind: 'vxlan' }>, 'kind'>
type IpipOptions = LinkOptions & Omit<Extract<LinkInfo, { kind: 'ipip' }>, 'kind'>
type LinkChanges = Omit<LinkSettings, 'master'> & { readonly master?: LinkReference | undefined }

export type LinkMethods = {
  links(): LinkRecord[]
  findLink(link: LinkReference): LinkRecord | undefined
  /** Throws ENODEV where there is none. */
  linkIndex(link: LinkReference): number
  addBridge(options: LinkOptions): void
  /** EOPNOTSUPP where the kernel has no dummy devices. */
  addDummy(options: LinkOptions): void
  addVxlan(options: VxlanOptions): void
  /** EOPNOTSUPP where the kernel has no IPIP; EEXIST where a device with this local address and no remote is there. */
  addIpip(options: IpipOptions): void
  addVethPair(options: VethOptions): void
  setLink(link: LinkReference, changes: LinkChanges): void
  /** Keeps the kernel busy for about 16 ms: see `deleteLinkAsync`. */
  deleteLink(link: LinkReference): void
  /** On a thread of the pool. */
  deleteLinkAsync(link: LinkReference): Promise<void>
}

export function linkMethods(socket: NetlinkSocket): LinkMethods {
  const findLink = (link: LinkReference): LinkRecord | undefined => {
    try {
      return socket.ask(getLinkMessage(link), tryLinkRecord, `cannot read link ${link}`)[0]
    } catch (error) {
      if (codeOf(error) === 'ENODEV') return undefined
      throw error
    }
  }
  const linkIndex = (link: LinkReference): number => {
    if (typeof link === 'number') return link
    const index = socket.interfaceIndex(link)
    if (index === 0) throw noLink(link)
    return index
  }
  const masterIndex = (master: LinkReference | undefined): number | undefined =>
    master === undefined ? undefined : linkIndex(master)
  const requestAll = (messages: readonly Message[], tried: string): void => {
    for (const message of messages) socket.request(message, tried)
  }
  const add = (options: LinkOptions, info: LinkInfo): void =>
    requestAll(
      newLinkMessages({ ...options, master: masterIndex(options.master) }, info),
      `cannot create ${info.kind} ${options.name}`,
    )

  return {
    findLink,
    linkIndex,
    links: () => socket.dump(dumpLinksMessage, tryLinkRecord, 'cannot read the links'),
    addBridge: (options) => add(options, { kind: 'bridge' }),
    addDummy: (options) => add(options, { kind: 'dummy' }),
    addVxlan: ({ networkIdentifier, port, local, ...options }) =>
      add(options, { kind: 'vxlan', networkIdentifier, port, local }),
    addIpip: ({ local, mark, ...options }) => add(options, { kind: 'ipip', local, mark }),
    addVethPair: ({ peer: name, peerNamespace, peerHardwareAddress: hardwareAddress, ...options }) => {
      const peer = { name, namespaceFd: peerNamespace?.fd, mtuBytes: options.mtuBytes, hardwareAddress }
      add(options, { kind: 'veth', peer })
    },
    setLink: (link, { master, ...settings }) =>
      requestAll(
        setLinkMessages(linkIndex(link), { ...settings, master: masterIndex(master) }),
        `cannot set link ${link}`,
      ),
    deleteLink: (link) => socket.request(deleteLinkMessage(link), `cannot delete link ${link}`),
    deleteLinkAsync: (link) => socket.requestAsync(deleteLinkMessage(link), `cannot delete link ${link}`),
  }
}

const noLink = (link: string): NetlinkError =>
  netlinkError(`cannot use link ${link}`, {
    errno: 19,
    code: 'ENODEV',
    text: `there is no link ${link} in this namespace`,
  })
