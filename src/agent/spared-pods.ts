// Links of pods that no plan names, and that are not for rounds to remove: all of them while nobody knows which pods there are, and
// those that their DEL is just removing. They stay, with all that stands on them.
import { type Entry, POD_LINK_PREFIX } from '../model/index.ts'
import type { PeerReadingKernel } from './reconciler.ts'

export type SparedPods = {
  readonly known: () => readonly { readonly link: string }[]
  /** Whether there may be others than those. */
  readonly isSparingOthers: () => boolean
  /** Whether somebody is deleting it now. */
  readonly isLeaving: (link: string) => boolean
}

/** The kernel, in which such links are not seen. */
export function sparePods<K extends PeerReadingKernel>(
  kernel: K,
  { known, isSparingOthers, isLeaving }: SparedPods,
): K {
  return {
    ...kernel,
    async observe(sysctlKeys) {
      const observed = await kernel.observe(sysctlKeys)
      const links = new Set(isSparingOthers() ? known().map(({ link }) => link) : [])
      const isSpared = (link: string | undefined): boolean =>
        link?.startsWith(POD_LINK_PREFIX) === true && (isLeaving(link) || (isSparingOthers() && !links.has(link)))
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
