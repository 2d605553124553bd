// A kernel as it was seen, beside what is planned for it: links of pods and what stands on them left out, as no file names them.
import { type Entry, type NodeState, POD_LINK_PREFIX } from '../../model/index.ts'

/** `planned`: of the same node, for the address by which it speaks. */
export const observedState = ({ node, gatewayAddresses }: NodeState, entries: readonly Entry[]): NodeState => ({
  node,
  gatewayAddresses,
  parts: [entries.filter((entry) => linkOf(entry)?.startsWith(POD_LINK_PREFIX) !== true)],
})

/** The link that the entry is, or stands on. */
function linkOf(entry: Entry): string | undefined {
  if (entry.kind === 'link') return entry.name
  if (entry.kind === 'route') return entry.target.kind === 'link' ? entry.target.link : undefined
  return 'link' in entry ? entry.link : undefined
}
