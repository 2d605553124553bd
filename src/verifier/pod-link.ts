// The first step of what a pod sends: by its link, whose end on the host may be down, or narrower than the pod's.
import { type Link, TABLE } from '../model/index.ts'
import { type CompiledNode, neighbourKeyOf } from './compiled-node.ts'
import type { Step, Verdict } from './hop.ts'
import type { Packet } from './packet.ts'
import { longestMatch } from './prefix-table.ts'

/** Above its MTU a link takes as much (__is_skb_forwardable of linux: VLAN_HLEN). */
const TOLERATED_BYTES = 4

/** Undefined where it comes to the host. */
export function lossOnPodLink(
  node: CompiledNode,
  { source, sizeBytes }: Packet,
): { readonly step: Step; readonly verdict: Verdict } | undefined {
  const link = podLinkOf(node, source)
  if (link === undefined) return undefined
  const step: Step = { kind: 'device', entry: link }
  const { name, mtuBytes, isDown } = link
  if (isDown)
    return {
      step,
      verdict: {
        kind: 'dropped',
        node: node.name,
        reason: `${name}, by which the pod is reached, is down`,
        entry: link,
      },
    }
  if (sizeBytes <= mtuBytes + TOLERATED_BYTES) return undefined
  const reason = `${name}, by which the pod is reached, takes ${mtuBytes} bytes`
  return { step, verdict: { kind: 'lost-at-size', node: node.name, mtuBytes, reason } }
}

/** Routes and neighbours go with a link that goes down: where nothing leads to the pod any more, its link is one that is down. */
function podLinkOf({ links, tables, neighbours }: CompiledNode, source: Packet['source']): Link | undefined {
  const podLinks = [...links.values()].filter(({ type }) => type.kind === 'veth')
  const known = podLinks.find(({ name }) => neighbours.has(neighbourKeyOf(name, source)))
  if (known !== undefined) return known
  const table = tables.get(TABLE)
  const found = table && longestMatch(table, source)?.value
  const target = found?.kind === 'entry' ? found.route.target : undefined
  const led = target?.kind === 'link' ? podLinks.find(({ name }) => name === target.link) : undefined
  return led ?? podLinks.find(({ isDown }) => isDown)
}
