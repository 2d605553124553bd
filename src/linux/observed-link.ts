// Which links are ours, and what of the model they are.
import { LINK_GROUP, LINK_PREFIX, type Link, type LinkType, link, POD_LINK_PREFIX } from '../model/index.ts'
import type { LinkRecord } from './rtnetlink/link-message.ts'

/** Both marks: others may use the group, or such a name. `tunl0`, which the module ipip makes everywhere, has neither. */
export const isOurLink = ({ name, group }: Pick<LinkRecord, 'name' | 'group'>): boolean =>
  group === LINK_GROUP && hasOurName(name)

const hasOurName = (name: string): boolean => name.startsWith(LINK_PREFIX) || name.startsWith(POD_LINK_PREFIX)

/** Undefined for kinds that we never make. */
export function tryLinkEntry(record: LinkRecord): Link | undefined {
  const type = tryType(record)
  if (type === undefined) return undefined
  const { name, mtuBytes, hardwareAddress, isUp } = record
  return link({
    name,
    type,
    mtuBytes,
    // Of the others the kernel chooses it, and a plan leaves it out.
    ...(type.kind === 'vxlan' && { hardwareAddress }),
    ...(!isUp && { isDown: true }),
    because: [],
  })
}

function tryType({ kind, vxlan, ipip }: LinkRecord): LinkType | undefined {
  switch (kind) {
    case 'dummy':
    case 'bridge': // in place of a dummy
      return { kind: 'dummy' }
    case 'wireguard':
    case 'tun': // of wireguard-go
      return { kind: 'wireguard' }
    case 'veth':
      return { kind: 'veth' }
    case 'vxlan': {
      if (vxlan?.local === undefined) return undefined
      const { networkIdentifier, port, local } = vxlan
      return { kind: 'vxlan', networkIdentifier, port, local }
    }
    case 'ipip':
      return ipip?.local && { kind: 'ipip', local: ipip.local, mark: ipip.mark }
    default:
      return undefined
  }
}
