// A namespace of the lab, opened for as long as something is done in it.
import { type NamespaceHandle, openNamespace, openRtnetlink, type Rtnetlink, writeSysctl } from '../linux/index.ts'
import { parsePrefix } from '../model/index.ts'

export type Within = { readonly namespace: NamespaceHandle; readonly netlink: Rtnetlink }

/** Both are closed at the end: an open one would keep a deleted namespace alive. */
export async function within<T>(name: string, work: (opened: Within) => T | Promise<T>): Promise<T> {
  const namespace = openNamespace(name)
  try {
    const netlink = openRtnetlink(namespace)
    try {
      return await work({ namespace, netlink })
    } finally {
      netlink.close()
    }
  } finally {
    namespace.close()
  }
}

export const EVERYWHERE = { 4: parsePrefix('0.0.0.0/0'), 6: parsePrefix('::/0') } as const

/** What makes a router of a namespace, before it has links. IPv6 addresses are used at once, without a second of DAD. */
export function setUpRouter({ namespace, netlink }: Within): void {
  for (const key of ['net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding']) writeSysctl(namespace, key, '1')
  for (const scope of ['all', 'default']) writeSysctl(namespace, `net/ipv4/conf/${scope}/rp_filter`, '0')
  setUpHost({ namespace, netlink })
}

export function setUpHost({ namespace, netlink }: Within): void {
  writeSysctl(namespace, 'net/ipv6/conf/default/accept_dad', '0')
  netlink.setLink('lo', { isUp: true })
}
