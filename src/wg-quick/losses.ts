// What packets are lost for, as findings: those that explain a loss take its pair, the others are told here.
import type { Address } from '../model/index.ts'
import type { KeyFindings } from './check-keys.ts'
import type { Draft, Finding, Pair } from './finding.ts'
import { type Cause, causeOf, diversionOf, missingPeer } from './loss-cause.ts'
import { type Device, type Mesh, peerFor } from './mesh.ts'
import type { PairReach } from './reach.ts'
import type { Loss } from './walk.ts'

/** The drafts, and those of losses that none of them explains, each with who cannot reach whom. */
export function withLosses(
  mesh: Mesh,
  drafts: readonly Draft[],
  reach: readonly PairReach[],
  keys: Pick<KeyFindings, 'meantFor'>,
): readonly Finding[] {
  const known = new Map<Draft, Pair[]>(drafts.map((draft) => [draft, []]))
  const told = new Map<object | string, { cause: Cause; pairs: Pair[]; addresses: Address[] }>()
  const tell = (cause: Cause) => {
    const before = told.get(cause.subject) ?? { cause, pairs: [], addresses: [] }
    told.set(cause.subject, before)
    return before
  }
  const all = reach.flatMap(({ from, to, losses }) => losses.map((one) => ({ from, to, ...one })))
  // An entry that takes addresses from another peer explains also what it sends astray.
  const isDiverted = ({ loss }: (typeof all)[number]): boolean => diversionOf(mesh, loss) !== undefined
  for (const { from, to, loss, origins } of [...all.filter(isDiverted), ...all.filter((one) => !isDiverted(one))]) {
    const pair = { from: from.name, to: to.name }
    const subjects = subjectsOf(loss, keys)
    const explained = drafts.find(
      ({ severity, subjects: those = [], origins: leaving = [] }) =>
        severity !== 'note' &&
        (those.some((one) => subjects.includes(one)) || leaving.some((one) => origins.includes(one))),
    )
    const diverted = origins.map((one) => told.get(one)).find((one) => one !== undefined)
    const cause = explained === undefined ? causeOf(mesh, loss) : undefined
    if (explained !== undefined) known.get(explained)?.push(pair)
    else if (diverted !== undefined) diverted.pairs.push(pair)
    else if (cause !== undefined) {
      const { pairs, addresses } = tell(cause)
      pairs.push(pair)
      if ('source' in loss) addresses.push(loss.source)
      if ('destination' in loss) addresses.push(loss.destination)
    }
  }
  for (const { at, missing } of oneSided(mesh)) {
    const isExplained = drafts.some(({ subjects = [] }) =>
      subjects.some(
        (one) => one === keys.meantFor(at, missing) || one === missing || one === peerFor(missing, at.publicKey),
      ),
    )
    if (!isExplained) tell(missingPeer(at, missing))
  }
  return [
    ...[...known].map(([draft, pairs]) => finished(draft, pairs)),
    ...[...told.values()].map(({ cause, pairs, addresses }) => finished(cause.draft(addresses), pairs)),
  ]
}

function finished({ subjects: _, origins: __, related = [], ...draft }: Draft, pairs: readonly Pair[]): Finding {
  const unreachable = [...new Map(pairs.map((pair) => [`${pair.from}\n${pair.to}`, pair])).values()]
  // What keeps machines from each other is no mere warning.
  return { ...draft, severity: unreachable.length > 0 ? 'error' : draft.severity, related, unreachable }
}

function subjectsOf(loss: Loss, { meantFor }: Pick<KeyFindings, 'meantFor'>): readonly (object | undefined)[] {
  switch (loss.kind) {
    case 'no-peer':
      return [meantFor(loss.at, loss.missing), loss.missing].filter((one) => one !== undefined)
    case 'no-link':
      return loss.peers
    case 'shared-key':
      return [loss.device]
    case 'not-accepted':
      return [loss.peer, loss.taker?.place]
    case 'taken-address':
      return loss.addresses
    case 'unknown-key':
    case 'no-way-on':
    case 'circle':
      return loss.peer === undefined ? [] : [loss.peer]
  }
}

/** Peers that do not have the machine which has them. */
function oneSided(mesh: Mesh): readonly { readonly at: Device; readonly missing: Device }[] {
  return mesh.devices.flatMap((missing) =>
    missing.config.peers.flatMap(({ publicKey }) =>
      mesh
        .devicesOf(publicKey?.value)
        .filter((at) => at.machine !== missing.machine && missing.publicKey !== undefined)
        .filter((at) => peerFor(at, missing.publicKey) === undefined)
        .map((at) => ({ at, missing })),
    ),
  )
}
