import type { Address } from '../../model/index.ts'
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from '../netlink/message.ts'
import type { NetlinkSocket } from '../netlink/socket.ts'
import type { LinkReference } from './link-request.ts'
import {
  deleteNextHopMessage,
  dumpNextHopsMessage,
  type NextHopRecord,
  newNextHopGroupMessage,
  newNextHopMessage,
  tryNextHopRecord,
} from './next-hop-message.ts'

export type NextHopMethods = {
  nextHops(): NextHopRecord[]
  addNextHop(options: {
    readonly id: number
    readonly link: LinkReference
    readonly via?: Address | undefined
    readonly protocol?: number
  }): void
  /** Makes the group, or replaces its members. */
  setNextHopGroup(options: {
    readonly id: number
    readonly members: readonly number[]
    readonly protocol?: number
  }): void
  /** The routes that use it go too. */
  deleteNextHop(id: number): void
}

export const nextHopMethods = (socket: NetlinkSocket, linkIndex: (link: LinkReference) => number): NextHopMethods => ({
  nextHops: () => socket.dump(dumpNextHopsMessage, tryNextHopRecord, 'cannot read the next hops'),
  addNextHop: ({ id, link, via, protocol = 0 }) =>
    socket.request(
      newNextHopMessage(NLM_F_CREATE | NLM_F_EXCL, { id, protocol, via, index: linkIndex(link) }),
      `cannot add next hop ${id}`,
    ),
  setNextHopGroup: ({ id, members, protocol = 0 }) =>
    socket.request(
      newNextHopGroupMessage(NLM_F_CREATE | NLM_F_REPLACE, { id, protocol, members }),
      `cannot set next-hop group ${id}`,
    ),
  deleteNextHop: (id) => socket.request(deleteNextHopMessage(id), `cannot delete next hop ${id}`),
})
