// The Lease as one candidate sees it: taken where it is free, renewed while it is ours, given back.
import type { KubernetesApi } from '../store/index.ts'
import type { ControllerClock } from './controller-clock.ts'
import { LEASES, type Lease, type LeaseRecord, leaseObject, projectLease, recordText } from './lease.ts'

export type LeaseKeeper = {
  /** True: it is ours now. Rejects where the server refuses or somebody was faster. */
  readonly acquireOrRenew: () => Promise<boolean>
  /** As last heard; undefined: nobody, or nothing was heard. */
  readonly holder: () => string | undefined
  /** False: it is another's by now. */
  readonly release: () => Promise<boolean>
  readonly close: () => void
}

export type LeaseKeeperOptions = {
  readonly api: Pick<KubernetesApi, 'get' | 'create' | 'replace'>
  readonly namespace: string
  readonly name: string
  readonly identity: string
  readonly clock: ControllerClock
}

const LEASE_SECONDS = 15

export function createLeaseKeeper({ api, namespace, name, identity, clock }: LeaseKeeperOptions): LeaseKeeper {
  const leases = { ...LEASES, namespace }
  /** What was last heard, and whether it has since stood unchanged for as long as it says. */
  let observed: Lease | undefined
  let isExpired = false
  /** Somebody else wrote since, or may have. */
  let isStale = false
  let cancelExpiry = (): void => {}

  function observe(lease: Lease): void {
    const isSame = observed !== undefined && recordText(observed.record) === recordText(lease.record)
    observed = lease
    isStale = false
    if (isSame) return
    cancelExpiry()
    isExpired = false
    const seconds = lease.record.leaseDurationSeconds ?? LEASE_SECONDS
    cancelExpiry = clock.after(seconds * 1000, () => {
      isExpired = true
    })
  }

  async function read(): Promise<Lease | undefined> {
    const found = await api.get(leases, name)
    if (found === undefined) return undefined
    observe(projectLease(found))
    return observed
  }

  /** After a refusal it is read anew. */
  async function write({ resourceVersion }: Lease, record: LeaseRecord): Promise<void> {
    try {
      observe(projectLease(await api.replace(leases, leaseObject(namespace, name, record, resourceVersion))))
    } catch (cause) {
      isStale = true
      throw cause
    }
  }

  function newRecord(before: LeaseRecord | undefined): LeaseRecord {
    const at = microTime(clock.now())
    const isHolder = before?.holderIdentity === identity
    const transitions = before?.leaseTransitions ?? 0
    return {
      holderIdentity: identity,
      leaseDurationSeconds: LEASE_SECONDS,
      acquireTime: (isHolder ? before.acquireTime : undefined) ?? at,
      renewTime: at,
      leaseTransitions: before === undefined || isHolder ? transitions : transitions + 1,
    }
  }

  return {
    async acquireOrRenew() {
      const isHolder = observed?.record.holderIdentity === identity
      const fresh = isHolder && !isStale ? observed : await read()
      if (fresh === undefined) {
        observe(projectLease(await api.create(leases, leaseObject(namespace, name, newRecord(undefined)))))
        return true
      }
      const { holderIdentity } = fresh.record
      if (holderIdentity !== undefined && holderIdentity !== identity && !isExpired) return false
      await write(fresh, newRecord(fresh.record))
      return true
    },
    holder: () => observed?.record.holderIdentity,
    async release() {
      const held = isStale ? await read() : observed
      if (held?.record.holderIdentity !== identity) return false
      const { holderIdentity: _, ...rest } = newRecord(held.record)
      await write(held, { ...rest, leaseDurationSeconds: 1 })
      return true
    },
    close: () => cancelExpiry(),
  }
}

/** Kubernetes wants all six digits. */
const microTime = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('Z', '000Z')
