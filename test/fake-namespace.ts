// A namespace as a map from key to entry, for the laws of reconcile: strict about what may be made when, and taking with a link
// or next hop what Linux takes. It is written apart from the code under test, by plain repetition until nothing changes.
import { type Change, type Entry, keyOf, type Route } from '../src/model/index.ts'

export class FakeNamespace {
  readonly #held = new Map<string, Entry>()

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) this.#held.set(keyOf(entry), entry)
  }

  entries(): Entry[] {
    return [...this.#held.values()]
  }

  apply(changes: readonly Change[]): void {
    for (const change of changes) this.#make(change)
  }

  #make(change: Change): void {
    const key = keyOf(change.entry)
    const isThere = this.#held.has(key)
    if (isThere === (change.op === 'create') && change.entry.kind !== 'sysctl') {
      throw new Error(`cannot ${change.op} ${key}: it ${isThere ? 'exists' : 'does not exist'}`)
    }
    if (change.op === 'delete') {
      this.#held.delete(key)
      if (change.entry.kind === 'address' && change.entry.address.family === 4)
        this.#forgetRoutesOver(change.entry.link)
      this.#collapse()
      return
    }
    this.#require(change)
    if (change.op === 'update' && change.entry.kind === 'wireguard-peer' && change.observed.kind === 'wireguard-peer') {
      const endpoint = change.entry.endpoint ?? change.observed.endpoint
      this.#held.set(key, { ...change.entry, ...(endpoint && { endpoint }) })
    } else this.#held.set(key, change.entry)
  }

  #require({ entry }: Change): void {
    if (!this.#stands(entry)) throw new Error(`cannot make ${keyOf(entry)}: what it needs is not there`)
    const other =
      entry.kind === 'next-hop' ? 'next-hop-group' : entry.kind === 'next-hop-group' ? 'next-hop' : undefined
    if (other !== undefined && 'id' in entry && this.#held.has(`${other} ${entry.id}`)) {
      throw new Error(`cannot make ${keyOf(entry)}: its id is that of a ${other}`)
    }
    if (entry.kind === 'next-hop-group' && entry.members.some((id) => !this.#held.has(`next-hop ${id}`))) {
      throw new Error(`cannot make ${keyOf(entry)}: a member is missing`)
    }
  }

  /** Whether what the entry rests on is there; links of the host always are. */
  #stands(entry: Entry): boolean {
    const has = (name: string) => !name.startsWith('damask') || this.#held.has(`link ${name}`)
    if (entry.kind === 'sysctl') return has(entry.key.split('/')[3] ?? '')
    if (entry.kind === 'next-hop-group') return entry.members.some((id) => this.#held.has(`next-hop ${id}`))
    if (entry.kind !== 'route') return !('link' in entry) || has(entry.link)
    if (entry.target.kind !== 'next-hop-object') return linksOf(entry).every(has)
    return this.#held.has(`next-hop ${entry.target.id}`) || this.#held.has(`next-hop-group ${entry.target.id}`)
  }

  /** Linux removes the IPv4 routes over a device together with its last IPv4 address. */
  #forgetRoutesOver(link: string): void {
    const entries = this.entries()
    if (entries.some((entry) => entry.kind === 'address' && entry.link === link && entry.address.family === 4)) return
    for (const entry of entries) {
      if (entry.kind !== 'route' || entry.to.family !== 4) continue
      if (linksOf(entry).includes(link)) this.#held.delete(keyOf(entry))
    }
  }

  #collapse(): void {
    for (const [key, entry] of this.#held) {
      if (entry.kind === 'next-hop-group') {
        const members = entry.members.filter((id) => this.#held.has(`next-hop ${id}`))
        if (members.length > 0) {
          this.#held.set(key, { ...entry, members })
          continue
        }
      }
      if (this.#stands(entry)) continue
      this.#held.delete(key)
      this.#collapse()
      return
    }
  }
}

/** All hops of a route of these states are over one link. */
const linksOf = ({ target }: Route): string[] =>
  target.kind === 'link' ? [target.link] : target.kind === 'via' ? target.hops.map(({ link }) => link) : []
