import { attributesOf, headerOf, type Received } from '../netlink/message.ts'
import { NEWS_MESSAGE, NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWGEN } from './nfnetlink.ts'

// NFPROTO_*, linux/netfilter.h
const FAMILIES: Readonly<Record<number, string>> = { 1: 'inet', 2: 'ip', 3: 'arp', 5: 'netdev', 7: 'bridge', 10: 'ip6' }

/**
 * Which table a notification of NFNLGRP_NFTABLES is about, whether it tells of the table itself, a chain, a rule, a set
 * or an element: `inet damask`. Undefined: about none, as the end of a transaction.
 */
export function tableOfEvent(event: Received): string | undefined {
  if (event.type >> 8 !== NFNL_SUBSYS_NFTABLES || (event.type & 0xff) === NFT_MSG_NEWGEN) return undefined
  const { table } = attributesOf(event, NEWS_MESSAGE)
  const { family } = headerOf(event, NEWS_MESSAGE)
  return table === undefined ? undefined : `${FAMILIES[family] ?? `family ${family}`} ${table}`
}
