// While nobody knows which pods there are, none is taken for a stranger: links of pods that no plan names stay, with all that
// stands on them.
import { type Entry, POD_LINK_PREFIX } from '../model/index.ts'
import type { PeerReadingKernel } from './reconciler.ts'

/** The kernel, in which pods other than these are not seen as long as that is so. */
export function sparePods<K extends PeerReadingKernel>(
  kernel: K,
  {
    isSparing,
    known,
  }: { readonly isSparing: () => boolean; readonly known: () => readonly { readonly link: string }[] },
): K {
  return {
    ...kernel,
    async observe(sysctlKeys) {
      const observed = await kernel.observe(sysctlKeys)
      if (!isSparing()) return observed
      const links = new Set(known().map(({ link }) => link))
      const isSpared = (link: string | undefined): boolean =>
        link?.startsWith(POD_LINK_PREFIX) === true && !links.has(link)
      return { ...observed, entries: observed.entries.filter((entry) => !isSpared(linkOf(entry))) }
    },
  }
}

/** The link that the entry is, or stands on. */
function linkOf(entry: Entry): string | undefined {
  if (entry.kind === 'link') return entry.name
  if (entry.kind === 'route') return entry.target.kind === 'link' ? entry.target.link : undefined
  return 'link' in entry ? entry.link : undefined
}
