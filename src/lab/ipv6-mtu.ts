// The MTU of a link for IPv6 alone: what its host sends, and what it forwards before it answers "packet too big".
import { setTimeout as sleep } from 'node:timers/promises'
import { writeSysctl } from '../linux/index.ts'
import type { Within } from './within.ts'

const READY_LIMIT_MILLISECONDS = 5_000
const POLL_MILLISECONDS = 5

/** Not before the link carries IPv6: the kernel sets it to the link's own MTU at the moment when it first does. */
export async function setIpv6Mtu({ namespace, netlink }: Within, link: string, mtuBytes: number): Promise<void> {
  const index = netlink.linkIndex(link)
  const hasLinkLocal = (): boolean =>
    netlink
      .addresses()
      .some(({ index: own, address }) => own === index && address.family === 6 && address.w0 >>> 22 === LINK_LOCAL)
  for (let waited = 0; !hasLinkLocal(); waited += POLL_MILLISECONDS) {
    if (waited > READY_LIMIT_MILLISECONDS)
      throw new Error(`link ${link} has no fe80:: address after 5 s; is IPv6 switched off on this machine?`)
    await sleep(POLL_MILLISECONDS)
  }
  // Addresses are read without the kernel's lock of links; a change waits for who holds it, the one who sets the MTU too.
  netlink.setLink(link, { isUp: true })
  writeSysctl(namespace, `net/ipv6/conf/${link}/mtu`, `${mtuBytes}`)
}

/** The first ten bits of fe80::/10. */
const LINK_LOCAL = 0xfe80 >>> 6
