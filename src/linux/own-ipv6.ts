// IPv6 on links of ours where it is switched off for all links (`net.ipv6.conf.all.disable_ipv6=1`): what they carry needs it, and the
// setting of a link of ours is ours. Links of others are left as they are.
import type { Change } from '../model/index.ts'
import { linkWithoutIpv6 } from './entry-lack.ts'
import type { NamespaceHandle } from './namespace.ts'
import type { Message } from './netlink/message.ts'
import type { Refusal } from './netlink/netlink-error.ts'
import { isOurLink } from './observed-link.ts'
import type { Rtnetlink } from './rtnetlink.ts'
import { readSysctl, writeSysctl } from './sysctl.ts'

type Place = { readonly namespace: NamespaceHandle | undefined; readonly rtnetlink: Rtnetlink }
type Sent = { readonly change: Change; readonly message: Message }
type Refusals = ReadonlyMap<Change, Refusal>

/** What was refused because a link of ours has no IPv6 is sent again once it has, with all that was refused beside it. */
export async function sendWithIpv6(place: Place, all: readonly Sent[]): Promise<Refusals> {
  const refusals = await send(place, all)
  const links = new Set([...refusals].map(([{ entry }, { code }]) => linkWithoutIpv6(entry, code)))
  const switched = [...links].filter((link) => link !== undefined && trySwitchOn(place, link))
  if (switched.length === 0) return refusals
  return send(
    place,
    all.filter(({ change }) => refusals.has(change)),
  )
}

async function send({ rtnetlink }: Place, all: readonly Sent[]): Promise<Refusals> {
  const refused = await rtnetlink.batch(all.map(({ message }) => message))
  const byIndex = new Map(refused.map((refusal) => [refusal.index, refusal]))
  return new Map(
    all.flatMap(({ change }, index) => {
      const refusal = byIndex.get(index)
      return refusal === undefined ? [] : [[change, refusal]]
    }),
  )
}

function trySwitchOn({ namespace, rtnetlink }: Place, link: string): boolean {
  const found = rtnetlink.findLink(link)
  if (found === undefined || !isOurLink(found)) return false
  const key = `net/ipv6/conf/${link}/disable_ipv6`
  if (readSysctl(namespace, key) !== '1') return false
  try {
    writeSysctl(namespace, key, '0')
    return true
  } catch {
    return false // a container's /proc/sys may be read-only: whoever reads the refusal is told what to do
  }
}
