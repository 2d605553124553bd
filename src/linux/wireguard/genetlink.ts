// Generic netlink: families have names, and numbers that the kernel gives out when they are registered.
import { string, u16 } from '../netlink/attribute.ts'
import { attributesOf, message } from '../netlink/message.ts'
import type { NetlinkSocket } from '../netlink/socket.ts'
import { struct } from '../netlink/struct.ts'
import { table } from '../netlink/table.ts'
import { codeOf } from '../system-error.ts'

// linux/genetlink.h
const GENL_ID_CTRL = 16
const CTRL_CMD_GETFAMILY = 3
const CTRL_VERSION = 1

/** struct genlmsghdr */
export const GENERIC_HEADER = struct({ command: 'u8', version: 'u8', reserved: 'u16' })

const FAMILY = {
  header: GENERIC_HEADER,
  attributes: table({
    id: [1, u16], // CTRL_ATTR_FAMILY_ID
    name: [2, string], // CTRL_ATTR_FAMILY_NAME
  }),
}

/** The message type of a family; undefined: this kernel has none of the name, nor a module to load for it. */
export function findFamily(socket: NetlinkSocket, name: string): number | undefined {
  const question = message(GENL_ID_CTRL, 0, FAMILY, { command: CTRL_CMD_GETFAMILY, version: CTRL_VERSION }, { name })
  try {
    const tried = `cannot look up the netlink family ${name}`
    return socket.ask(question, (answer) => attributesOf(answer, FAMILY).id, tried)[0]
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
