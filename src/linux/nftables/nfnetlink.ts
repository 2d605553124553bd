// The few messages of nf_tables that are cheaper, or safer, than a listing through libnftables.

import { be32, string } from '../netlink/attribute.ts'
import { attributesOf, headerOf, type Layout, message, type Received } from '../netlink/message.ts'
import type { NetlinkSocket } from '../netlink/socket.ts'
import { struct } from '../netlink/struct.ts'
import { table } from '../netlink/table.ts'
import { codeOf } from '../system-error.ts'

const NFNL_SUBSYS_NFTABLES = 10
const NFT_MSG_GETTABLE = 1
const NFT_MSG_NEWGEN = 15
const NFT_MSG_GETGEN = 16
const NFPROTO_INET = 1
const FAMILIES: Readonly<Record<number, string>> = { 1: 'inet', 2: 'ip', 3: 'arp', 5: 'netdev', 7: 'bridge', 10: 'ip6' }

const NFGENMSG = struct({ family: 'u8', version: 'u8', resource: 'be16' })
const TABLE = {
  header: NFGENMSG,
  attributes: table({
    name: [1, string], // NFTA_TABLE_NAME; in messages about chains, rules, sets and elements likewise the table's name
    flags: [2, be32], // NFTA_TABLE_FLAGS
  }),
} satisfies Layout<unknown, unknown>
const GENERATION = { header: NFGENMSG, attributes: table({ number: [1, be32] /* NFTA_GEN_ID */ }) } satisfies Layout<
  unknown,
  unknown
>

/** Grows by one with every transaction in the namespace, whoever made it. */
export function readGeneration(socket: NetlinkSocket): number | undefined {
  const question = message(subsystem(NFT_MSG_GETGEN), 0, GENERATION, {})
  return socket.ask(
    question,
    (answer) => attributesOf(answer, GENERATION).number,
    'cannot read the generation of nftables',
  )[0]
}

/** Flags of the table `inet NAME`; undefined: there is none. */
export function readTableFlags(socket: NetlinkSocket, name: string): number | undefined {
  const question = message(subsystem(NFT_MSG_GETTABLE), 0, TABLE, { family: NFPROTO_INET }, { name })
  try {
    return socket.ask(question, (answer) => attributesOf(answer, TABLE).flags ?? 0, `cannot read table inet ${name}`)[0]
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Which table a notification of NFNLGRP_NFTABLES is about, whether it tells of the table, a chain, a rule, a set or an
 * element: `inet damask`. Undefined: about none (the end of a transaction).
 */
export function tableOfEvent(event: Received): string | undefined {
  if (event.type >> 8 !== NFNL_SUBSYS_NFTABLES || (event.type & 0xff) === NFT_MSG_NEWGEN) return undefined
  const { name } = attributesOf(event, TABLE)
  const { family } = headerOf(event, TABLE)
  return name === undefined ? undefined : `${FAMILIES[family] ?? `family ${family}`} ${name}`
}

const subsystem = (type: number): number => (NFNL_SUBSYS_NFTABLES << 8) | type
