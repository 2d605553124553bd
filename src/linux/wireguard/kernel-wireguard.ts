// WireGuard in the kernel: links by rtnetlink, everything else by generic netlink.
import type { NamespaceHandle } from '../namespace.ts'
import { NETLINK_GENERIC } from '../netlink/descriptor.ts'
import { message, NLM_F_CREATE, NLM_F_EXCL } from '../netlink/message.ts'
import { netlinkError } from '../netlink/netlink-error.ts'
import { openNetlinkSocket } from '../netlink/socket.ts'
import { LINK, RTM_NEWLINK } from '../rtnetlink/link-message.ts'
import { codeOf } from '../system-error.ts'
import { devicePart, getDeviceMessage, joinParts, setDeviceMessages } from './device-message.ts'
import type { WireguardDriver } from './device-settings.ts'
import { findFamily } from './genetlink.ts'

/**
 * Undefined where this kernel has no WireGuard. To ask for the family also loads the module, which is what makes links of
 * this kind possible: no link has to be made to find out.
 */
export function tryKernelWireguard(namespace: NamespaceHandle | undefined): WireguardDriver | undefined {
  const socket = openNetlinkSocket({ protocol: NETLINK_GENERIC, namespace })
  const family = findFamily(socket, 'wireguard')
  if (family === undefined) {
    socket.close()
    return undefined
  }
  const routes = openNetlinkSocket({ namespace })
  return {
    async createLink(name, mtuBytes) {
      const attributes = { name, mtuBytes, info: { kind: 'wireguard' } }
      routes.request(
        message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, LINK, {}, attributes),
        `cannot create wireguard ${name}`,
      )
    },
    async read(link) {
      try {
        return joinParts(socket.dump(getDeviceMessage(family, link), devicePart, `cannot read ${link}`))
      } catch (error) {
        if (codeOf(error) === 'ENODEV') return undefined
        throw error
      }
    },
    async write(link, settings) {
      const [refusal] = await socket.batch(setDeviceMessages(family, link, settings))
      if (refusal !== undefined) throw netlinkError(`cannot set ${link}`, refusal)
    },
    close() {
      socket.close()
      routes.close()
    },
  }
}
