// An agent's part in CNI, on a fake kernel and a real journal, that can be made to fail, to wait, and to die at any of its doors. Who died
// does nothing any more; its journal is what was on disk for sure, and any part of what was just being written.
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { type Prefix, parseAddress, parsePrefix } from '../model/index.ts'
import { type AddressJournal, openAddressJournal } from './address-journal.ts'
import { asCniError, CNI_CODE, type CniCode, cniError } from './cni-error.ts'
import { cniHandler } from './cni-handler.ts'
import { parseCniRequest } from './cni-request.ts'
import { type FakeKernel, fakeLinks } from './fake-kernel.fixture.ts'
import { forgetDeadPods } from './forget-dead-pods.ts'

export type Fault = 'record' | 'create' | 'attach' | 'delete' | 'release'
export type Answer = { readonly code: 0 | CniCode; readonly result?: Result | undefined }
export type Result = { readonly ips?: readonly { readonly address: string }[] }

/** How the next requests go. `crashIn`: so many doors from now it dies; undefined: it lives. */
export type Fate = {
  readonly fault?: Fault | undefined
  readonly isOneTimeFault?: boolean
  readonly holdsDeletions?: boolean
  readonly crashIn?: number | undefined
}

export type MortalAgent = {
  readonly journal: AddressJournal
  readonly meet: (fate: Fate) => void
  /** Undefined where it died before the answer was on its way. */
  readonly ask: (environment: Readonly<Record<string, string>>, configuration?: object) => Promise<Answer | undefined>
  readonly isDead: () => boolean
  readonly kill: () => void
  /** Lets the kernel do the deletions that it was made to wait with. */
  readonly letGo: () => Promise<void>
  /** What a round of the agent does: links of which no record speaks go. */
  readonly reconcile: () => void
  readonly close: () => Promise<void>
}

export type MortalAgentOptions = {
  readonly kernel: FakeKernel
  readonly path: string
  /** Where the journal lies once it has died. */
  readonly heirPath: string
  readonly compactFromLines: number
  /** How much of what was being written is on disk after a crash, 0 to 1. */
  readonly cut: number
  readonly fate?: Fate
}

// Room for five pods in IPv4, and for six in IPv6.
export const PREFIXES: readonly Prefix[] = [parsePrefix('10.244.11.0/29'), parsePrefix('fd44:11::/125')]
export const ROOM = 5
const GATEWAYS = { 4: parseAddress('10.244.11.1'), 6: parseAddress('fd44:11::1') }

/** As an agent starts: what is dead is forgotten, a round is run, and then it serves. Undefined where it died on the way. */
export async function startAgent(options: MortalAgentOptions): Promise<MortalAgent | undefined> {
  const { kernel, path, heirPath, compactFromLines, cut } = options
  const journal = await openAddressJournal({ path, compactFromLines })
  let fate = options.fate ?? {}
  let doorsLeft = fate.crashIn ?? Number.POSITIVE_INFINITY
  let isDead = false
  let acknowledged = statSync(path)
  let goOn: () => void = () => {}
  let held = Promise.resolve()
  let tellDeath: () => void = () => {}
  const death = new Promise<undefined>((resolve) => {
    tellDeath = () => resolve(undefined)
  })
  const never = new Promise<never>(() => {})

  function die(): void {
    isDead = true
    const bytes = readFileSync(path)
    // A rewritten file came whole, by a rename.
    const isSame = statSync(path).ino === acknowledged.ino
    const unsure = isSame ? Math.max(0, bytes.length - acknowledged.size) : 0
    writeFileSync(heirPath, bytes.subarray(0, bytes.length - unsure + Math.floor(unsure * cut)))
    tellDeath()
  }
  async function door(): Promise<void> {
    if (!isDead && doorsLeft-- <= 0) die()
    if (isDead) await never
  }
  const failOn = (fault: Fault, failing: Fate): void => {
    if (failing.fault !== fault) return
    if (failing.isOneTimeFault) fate = { ...fate, fault: undefined }
    throw cniError(CNI_CODE.failed, `the fault "${fault}"`)
  }

  const kept: AddressJournal = {
    ...journal,
    async allocate(wish) {
      failOn('record', fate)
      await door()
      const pod = await journal.allocate(wish)
      await door() // written, and not known to be on disk
      acknowledged = statSync(path)
      return pod
    },
    async release(attachment, linkIsGone) {
      if (journal.find(attachment) !== undefined) failOn('release', fate)
      await door()
      const wasKnown = await journal.release(attachment, linkIsGone)
      await door()
      acknowledged = statSync(path)
      return wasKnown
    },
  }
  const links = fakeLinks(kernel, {
    async create(stage) {
      await door()
      if (stage === 'asked') failOn('create', fate)
    },
    async delete(stage) {
      const asked = fate
      await door()
      if (stage === 'deleted') return
      if (asked.holdsDeletions) await held
      if (isDead) await never
      failOn('delete', asked)
    },
  })
  const handler = cniHandler({
    nodePrefixes: () => PREFIXES,
    gatewayAddresses: () => GATEWAYS,
    podMtuBytes: () => 1420,
    links,
    journal: kept,
    async attach() {
      await door()
      failOn('attach', fate)
      await door()
    },
    onPodsChanged: door,
  })
  async function answer(bytes: Uint8Array): Promise<Answer> {
    try {
      return { code: 0, result: (await handler(parseCniRequest(bytes))) as Result | undefined }
    } catch (cause) {
      return { code: asCniError(cause).code }
    } finally {
      await door() // the answer was not sent
    }
  }
  const reconcile = (): void => {
    const known = new Set(journal.pods().map(({ link }) => link))
    for (const name of kernel.pairs.keys()) if (!known.has(name)) kernel.pairs.delete(name)
  }

  const agent: MortalAgent = {
    journal,
    meet(next) {
      fate = next
      doorsLeft = next.crashIn ?? Number.POSITIVE_INFINITY
      if (next.holdsDeletions)
        held = new Promise((resolve) => {
          goOn = resolve
        })
    },
    ask: (environment, configuration = {}) => Promise.race([death, answer(requestBytes(environment, configuration))]),
    isDead: () => isDead,
    kill: die,
    async letGo() {
      goOn()
      await new Promise((resolve) => setImmediate(resolve))
    },
    reconcile,
    close: () => journal.close(),
  }
  await Promise.race([death, forgetDeadPods(kept, { links })])
  if (isDead) {
    await agent.close()
    return undefined
  }
  reconcile()
  return agent
}

export function requestBytes(environment: Readonly<Record<string, string>>, configuration: object): Uint8Array {
  const variables = Object.entries({ CNI_IFNAME: 'eth0', ...environment }).map(([name, value]) => `${name}=${value}\0`)
  const text = JSON.stringify({ cniVersion: '1.1.0', name: 'damask', type: 'damask', ...configuration })
  return Buffer.from(`${variables.join('')}\0${text}`)
}
