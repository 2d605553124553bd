// Where the machines are whose endpoints are names: asked for at the start, every minute, and often while one of them is silent.
// A name that cannot be resolved keeps the addresses that it had.
import { type Address, equalAddresses, formatAddress, type Local } from '../model/index.ts'
import type { Clock } from './clock.ts'
import { type OwnFamilies, unusableBecause } from './own-families.ts'
import { type ResolveHost, usableAddresses } from './resolve-host.ts'
import type { Log } from './secret-log.ts'

export type ResolvedHosts = NonNullable<Local['resolvedHosts']>

/** A name of the plan. */
export type NeededHost = {
  readonly name: string
  /** Whose endpoint it is. */
  readonly nodes: readonly string[]
  /** We try to reach one of them, and had no handshake lately. */
  readonly isSilent: boolean
}

export type HostNameState = {
  readonly name: string
  readonly nodes: readonly string[]
  /** Where it was found last. */
  readonly addresses: readonly Address[]
  /** Why it cannot be found now; a clause. */
  readonly error?: string
  /** Why this machine cannot speak to any of its addresses; a clause. */
  readonly unusable?: string
}

export type HostNames = {
  /** The same object as long as nothing in it has changed. */
  readonly addresses: () => ResolvedHosts
  readonly states: () => readonly HostNameState[]
  /** Looks up at once what is needed and was never looked up; from the first time on, everything again and again. */
  readonly look: () => void
  readonly close: () => void
}

export type HostNamesOptions = {
  /** Of an earlier life. */
  readonly remembered: ResolvedHosts
  readonly needed: () => readonly NeededHost[]
  readonly resolve: ResolveHost
  /** Undefined: not known yet. */
  readonly ownFamilies: () => OwnFamilies | undefined
  /** Some addresses are not what they were. */
  readonly onChange: () => void
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
}

const EVERY_MS = 60_000
const SILENT_EVERY_MS = 5000
/** Names that are answered one after the other make one plan. */
const GATHER_MS = 20

type Lookup = { readonly at: number; readonly isAtWork: boolean; readonly error?: string }

export function watchHostNames(options: HostNamesOptions): HostNames {
  const { needed, resolve, ownFamilies, clock, log } = options
  let addresses = recordOf(Object.entries(options.remembered))
  const lookups = new Map<string, Lookup>()
  /** What was said of names that are of no use here. */
  const said = new Map<string, string>()
  let cancelTick: (() => void) | undefined
  let cancelChange: (() => void) | undefined
  let isClosed = false

  function look(): void {
    const hosts = needed()
    for (const { name, isSilent } of hosts) {
      const last = lookups.get(name)
      const pause = isSilent || addresses[name] === undefined ? SILENT_EVERY_MS : EVERY_MS
      if (last === undefined || (!last.isAtWork && clock.now() - last.at >= pause)) void lookUp(name)
    }
    forget(new Set(hosts.map(({ name }) => name)))
    for (const { name, nodes } of hosts) sayWhereUnusable(name, nodes)
  }

  function sayWhereUnusable(name: string, nodes: readonly string[]): void {
    const unusable = unusableBecause(addresses[name] ?? [], ownFamilies())
    if (unusable === undefined) said.delete(name)
    else if (said.get(name) !== unusable) {
      said.set(name, unusable)
      log.warn({ name }, unusableName({ name, nodes, unusable }))
    }
  }

  function forget(needed: ReadonlySet<string>): void {
    for (const name of lookups.keys()) if (!needed.has(name)) lookups.delete(name)
    for (const name of said.keys()) if (!needed.has(name)) said.delete(name)
    const kept = Object.entries(addresses).filter(([name]) => needed.has(name))
    if (kept.length < Object.keys(addresses).length) addresses = recordOf(kept)
  }

  async function lookUp(name: string): Promise<void> {
    const before = lookups.get(name)
    lookups.set(name, { ...before, at: clock.now(), isAtWork: true })
    try {
      const found = usableAddresses(await resolve(name))
      if (isForgotten(name)) return
      lookups.set(name, { at: clock.now(), isAtWork: false })
      take(name, found, before?.error !== undefined)
    } catch (cause) {
      const error = cause instanceof Error ? cause.message : String(cause)
      if (isForgotten(name)) return
      lookups.set(name, { at: clock.now(), isAtWork: false, error })
      const known = addresses[name] ?? []
      const then = known.length === 0 ? 'it is not reached' : `going on with ${known.map(formatAddress).join(', ')}`
      if (error !== before?.error) log.warn({ name, cause }, `cannot resolve ${name}: ${error}; ${then}`)
    }
  }

  const isForgotten = (name: string): boolean => isClosed || !lookups.has(name)

  function take(name: string, found: readonly Address[], wasLost: boolean): void {
    const isSame = isSameList(found, addresses[name] ?? [])
    if (!isSame || wasLost) log.info({ name, addresses: found.map(formatAddress) }, `resolved ${name}`)
    if (isSame) return
    addresses = recordOf([...Object.entries(addresses), [name, found]])
    cancelChange ??= clock.after(GATHER_MS, () => {
      cancelChange = undefined
      options.onChange()
    })
  }

  function tickLater(): void {
    cancelTick = clock.after(SILENT_EVERY_MS, () => {
      tickLater()
      look()
    })
  }

  return {
    addresses: () => addresses,
    states: () =>
      needed().map(({ name, nodes }) => {
        const found = addresses[name] ?? []
        const error = lookups.get(name)?.error
        const unusable = unusableBecause(found, ownFamilies())
        return {
          name,
          nodes,
          addresses: found,
          ...(error !== undefined && { error }),
          ...(unusable !== undefined && { unusable }),
        }
      }),
    look() {
      if (isClosed) return
      if (cancelTick === undefined) tickLater()
      look()
    },
    close() {
      isClosed = true
      cancelTick?.()
      cancelChange?.()
    },
  }
}

/** As a sentence. */
export const unusableName = ({ name, nodes, unusable }: Pick<HostNameState, 'name' | 'nodes' | 'unusable'>): string =>
  `${name}, the endpoint of ${nodes.join(', ')}, has no address of a family that this machine has: ${unusable}; ` +
  'it is reached only where it begins itself'

/** Without a prototype: a machine may be called `constructor`. */
const recordOf = (entries: readonly (readonly [string, readonly Address[]])[]): ResolvedHosts =>
  Object.assign(Object.create(null), Object.fromEntries(entries))

const isSameList = (a: readonly Address[], b: readonly Address[]): boolean =>
  a.length === b.length &&
  a.every((address, index) => {
    const other = b[index]
    return other !== undefined && equalAddresses(address, other)
  })
