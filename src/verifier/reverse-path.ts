// The kernel's check of where a packet claims to come from (fib_validate_source): IPv4 alone.
import { formatAddress, type Sysctl } from '../model/index.ts'
import { addressKey } from './address-key.ts'
import type { CompiledNode } from './compiled-node.ts'
import type { Step } from './hop.ts'
import { lookUp } from './lookup.ts'
import type { Packet } from './packet.ts'

/** Why it is dropped. `link`: where it came in; none where that is a pod or a network behind, whose links have no settings of ours. */
export function reversePathRefusal(
  node: CompiledNode,
  link: string | undefined,
  packet: Packet,
): { readonly reason: string; readonly step?: Step } | undefined {
  if (packet.family !== 4) return undefined
  if (node.addresses[4].has(addressKey(packet.source)))
    return { reason: `it claims to come from an address of ${node.name} itself` }
  if (link === undefined) return undefined
  const setting = node.sysctls.get(`net/ipv4/conf/${link}/rp_filter`)
  const all = node.sysctls.get('net/ipv4/conf/all/rp_filter')
  const strictness = Math.max(levelOf(setting), levelOf(all))
  if (strictness === 0) return undefined
  const entry = setting ?? all
  const step: { step?: Step } = entry === undefined ? {} : { step: { kind: 'setting', entry } }
  // A mark is not looked at on the way in, unless src_valid_mark is set; nor are ports, which rules of `iif lo` alone do not make the
  // kernel read there (fib_rules_require_fldissect).
  const back = lookUp(node, { protocol: packet.protocol, mark: 0 }, packet.source, true)
  if (back.kind === 'none')
    return {
      reason: `its reverse path is checked, and no route leads back to ${formatAddress(packet.source)}`,
      ...step,
    }
  const out = back.kind === 'ways' ? back.ways.map((way) => way.link) : [BESIDE]
  const isUnderlayLink = !node.links.has(link)
  const matches = out.some((name) => name === link || (isUnderlayLink && !node.links.has(name)))
  if (matches) return undefined
  if (!isUnderlayLink && !node.addressed[4].has(link))
    return { reason: `its reverse path is checked, and ${link} has no address`, ...step }
  if (strictness === STRICT)
    return { reason: `its reverse path is checked strictly, and the way back is another`, ...step }
  return undefined
}

const STRICT = 1
/** What the machine has beside Damask goes by no link of ours. */
const BESIDE = '(beside)'

/** The kernel takes the larger number: 2, loose, counts more than 1, strict. */
const levelOf = (setting: Sysctl | undefined): number => {
  const value = Number(setting?.value ?? 0)
  return Number.isFinite(value) ? value : 0
}
