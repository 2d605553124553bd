// The few messages of nf_tables that are cheaper, or safer, than a listing through libnftables.
import { missingModule } from '../kernel-lack.ts'
import type { NamespaceHandle } from '../namespace.ts'
import { be32, string } from '../netlink/attribute.ts'
import { NETLINK_NETFILTER } from '../netlink/descriptor.ts'
import { attributesOf, message } from '../netlink/message.ts'
import { type NetlinkSocket, openNetlinkSocket } from '../netlink/socket.ts'
import { struct } from '../netlink/struct.ts'
import { table } from '../netlink/table.ts'
import { codeOf, systemError } from '../system-error.ts'

// linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h
export const NFNL_SUBSYS_NFTABLES = 10
export const NFT_MSG_NEWGEN = 15
const NFT_MSG_GETTABLE = 1
const NFT_MSG_GETGEN = 16
const NFPROTO_INET = 1

const NFGENMSG = struct({ family: 'u8', version: 'u8', resource: 'be16' })
export const TABLE_MESSAGE = {
  header: NFGENMSG,
  attributes: table({
    name: [1, string], // NFTA_TABLE_NAME
    flags: [2, be32], // NFTA_TABLE_FLAGS
  }),
}
/**
 * What messages about tables, chains, rules, sets and elements have in common: NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, … are all 1.
 * No other number may stand here: 2 is a table's flags, but a rule's chain, which somebody else may call "x".
 */
export const NEWS_MESSAGE = { header: NFGENMSG, attributes: table({ table: [1, string] }) }
const GENERATION_MESSAGE = { header: NFGENMSG, attributes: table({ number: [1, be32] /* NFTA_GEN_ID */ }) }

const EINVAL = 22
const EPROTONOSUPPORT = 93
const NO_NFTABLES = missingModule('nftables', 'nf_tables')

export function openNfnetlink(namespace: NamespaceHandle | undefined): NetlinkSocket {
  try {
    return openNetlinkSocket({ protocol: NETLINK_NETFILTER, namespace })
  } catch (error) {
    if (codeOf(error) !== 'EPROTONOSUPPORT') throw error
    throw systemError('cannot open a socket to nftables', EPROTONOSUPPORT, NO_NFTABLES)
  }
}

/** Grows by one with every transaction in the namespace, whoever made it. */
export function readGeneration(socket: NetlinkSocket): number | undefined {
  const question = message(subsystem(NFT_MSG_GETGEN), 0, GENERATION_MESSAGE, {})
  const tried = 'cannot read the generation of nftables'
  try {
    return socket.ask(question, (answer) => attributesOf(answer, GENERATION_MESSAGE).number, tried)[0]
  } catch (error) {
    // Nobody has registered for the subsystem, and no module came that does.
    if (codeOf(error) === 'EINVAL') throw systemError(tried, EINVAL, NO_NFTABLES)
    throw error
  }
}

/** Flags of the table `inet NAME`; undefined: there is none. */
export function readTableFlags(socket: NetlinkSocket, name: string): number | undefined {
  const question = message(subsystem(NFT_MSG_GETTABLE), 0, TABLE_MESSAGE, { family: NFPROTO_INET }, { name })
  try {
    const flags = socket.ask(
      question,
      (answer) => attributesOf(answer, TABLE_MESSAGE).flags ?? 0,
      `cannot read table inet ${name}`,
    )
    return flags[0]
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

const subsystem = (type: number): number => (NFNL_SUBSYS_NFTABLES << 8) | type
