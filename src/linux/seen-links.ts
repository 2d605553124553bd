// Which link a name stood for when the kernel was last read. What was decided then is done to that link, and not to another that
// has its name by now: a pod's that was deleted and added again.
import type { LinkRecord } from './rtnetlink/link-message.ts'

type NamedLink = Pick<LinkRecord, 'name' | 'index'>

export type SeenLinks = {
  /** All that there are. */
  readonly see: (links: readonly NamedLink[]) => void
  /** Also true of one whose name was not there. */
  readonly isSame: (link: NamedLink) => boolean
}

export function rememberLinks(): SeenLinks {
  let indexes: ReadonlyMap<string, number> = new Map()
  return {
    see(links) {
      indexes = new Map(links.map(({ name, index }) => [name, index]))
    },
    isSame: ({ name, index }) => (indexes.get(name) ?? index) === index,
  }
}
