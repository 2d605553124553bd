// Changes made on the kernel, in the order given: runs of one kind of door go together.
import { setImmediate } from 'node:timers/promises'
import type { Change, Failure, Link } from '../model/index.ts'
import { goesByMessage, tryMessage } from './entry-message.ts'
import { isGoneAlready, refusalFailure, thrownFailure } from './failure.ts'
import { findForeignRoutes, routePlace } from './foreign-route.ts'
import { applyLink, type LinkDoors } from './link-change.ts'
import type { NamespaceHandle } from './namespace.ts'
import type { Message } from './netlink/message.ts'
import type { Refusal } from './netlink/netlink-error.ts'
import { sendWithIpv6 } from './own-ipv6.ts'
import type { Rtnetlink } from './rtnetlink.ts'
import { writeSysctl } from './sysctl.ts'
import { codeOf } from './system-error.ts'
import type { UnmarkedAddresses } from './unmarked-address.ts'

/** Messages between two turns of the event loop: about 4 ms of kernel time. */
const MESSAGES_AT_ONCE = 1000

export type Doors = {
  readonly namespace: NamespaceHandle | undefined
  readonly rtnetlink: Rtnetlink
  readonly seen: LinkDoors['seen']
  readonly unmarked: UnmarkedAddresses
  readonly filter: { apply(change: Change): Promise<void> }
  readonly wireguard: LinkDoors['wireguard'] & { apply(changes: readonly Change[]): Promise<readonly Failure[]> }
}

export async function applyChanges(doors: Doors, changes: readonly Change[]): Promise<Failure[]> {
  const failures: Failure[] = []
  const foreignRoutes = findForeignRoutes(doors.rtnetlink.socket, changes)
  for (const run of runsOf(changes)) failures.push(...(await applyRun({ ...doors, foreignRoutes }, run)))
  return failures
}

type Applying = Doors & { readonly foreignRoutes: ReadonlySet<string> }

type Run = { readonly door: string; readonly changes: Change[] }

function runsOf(changes: readonly Change[]): Run[] {
  const runs: Run[] = []
  for (const change of changes) {
    const door = doorOf(change)
    const last = runs.at(-1)
    if (last?.door === door && last.changes.length < MESSAGES_AT_ONCE) last.changes.push(change)
    else runs.push({ door, changes: [change] })
  }
  return runs
}

const doorOf = ({ entry }: Change): string =>
  entry.kind === 'wireguard-device' || entry.kind === 'wireguard-peer'
    ? 'wireguard'
    : goesByMessage(entry.kind)
      ? 'message'
      : entry.kind

async function applyRun(doors: Applying, { door, changes }: Run): Promise<readonly Failure[]> {
  if (door === 'message') {
    await setImmediate()
    return applyMessages(doors, changes)
  }
  if (door === 'wireguard') return doors.wireguard.apply(changes)
  const failures: Failure[] = []
  for (const change of changes) {
    try {
      await applyOne(doors, change)
    } catch (error) {
      if (!isGoneAlready(change, codeOf(error) ?? '')) failures.push(thrownFailure(change, error))
    }
  }
  return failures
}

async function applyOne(doors: Doors, change: Change): Promise<void> {
  const { entry, op } = change
  // A sysctl is never taken back here: what it was before, the agent knows.
  if (entry.kind === 'sysctl' && op !== 'delete') writeSysctl(doors.namespace, entry.key, entry.value)
  else if (entry.kind === 'link') await applyLink(doors, change as Change & { readonly entry: Link })
  else if (entry.kind === 'filter-table') await doors.filter.apply(change)
}

async function applyMessages(
  { namespace, rtnetlink, foreignRoutes, unmarked }: Applying,
  changes: readonly Change[],
): Promise<readonly Failure[]> {
  const failures: Failure[] = []
  const sent: { readonly change: Change; readonly message: Message }[] = []
  const indexOf = cachedIndexes(rtnetlink)
  for (const change of changes) {
    try {
      if (change.op === 'update' && change.entry.kind === 'route' && foreignRoutes.has(routePlace(change.entry))) {
        failures.push(refusalFailure(change, { errno: 17, code: 'EEXIST' }))
        continue
      }
      const message = tryMessage(change, indexOf)
      if (message !== undefined) sent.push({ change, message })
    } catch (error) {
      if (!isGoneAlready(change, codeOf(error) ?? '')) failures.push(thrownFailure(change, error))
    }
  }
  try {
    const refusals = await sendWithIpv6({ namespace, rtnetlink }, sent)
    for (const { change } of sent) {
      const refusal = refusals.get(change)
      if (refusal === undefined || isDone(change, refusal, unmarked)) remember(change, unmarked)
      else failures.push(refusalFailure(change, refusal))
    }
  } catch (error) {
    // The answers were lost: any of them may have been made or refused.
    failures.push(...sent.map(({ change }) => thrownFailure(change, error)))
  }
  return failures
}

/** Refused because there is nothing left to do. */
const isDone = (change: Change, { code }: Refusal, unmarked: UnmarkedAddresses): boolean =>
  isGoneAlready(change, code) ||
  (code === 'EEXIST' && change.op === 'create' && change.entry.kind === 'address' && unmarked.stands(change.entry))

function remember({ op, entry }: Change, unmarked: UnmarkedAddresses): void {
  if (entry.kind !== 'address') return
  if (op === 'delete') unmarked.delete(entry)
  else unmarked.add(entry)
}

function cachedIndexes({ linkIndex }: Rtnetlink): (link: string) => number {
  const known = new Map<string, number>()
  return (link) => {
    const index = known.get(link) ?? linkIndex(link)
    known.set(link, index)
    return index
  }
}
