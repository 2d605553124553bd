// For tests: a namespace of its own with WireGuard over it, and two names for devices that nobody else uses.
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createNamespace, deleteNamespace, type NamespaceHandle, openNamespace } from '../namespace.ts'
import { openRtnetlink, type Rtnetlink } from '../rtnetlink.ts'
import { tryKernelWireguard } from './kernel-wireguard.ts'
import { generateKeyPair, type KeyPair } from './key-pair.ts'
import { openWireguard, type Wireguard, type WireguardOptions } from './wireguard-store.ts'

export type TestPlace = {
  readonly name: string
  readonly namespace: NamespaceHandle
  readonly rtnetlink: Rtnetlink
  readonly wireguard: Wireguard
  readonly links: readonly [string, string]
  /** Whose private halves are at hand. */
  readonly keys: readonly [KeyPair, KeyPair]
  /** Deletes the devices; rejects where a process or a socket is left. */
  close(): Promise<void>
}

/** Where `make wireguard-go` puts the current one. */
const BUILT_FOLDER = join(import.meta.dirname, '../../../dist')

export type Implementation = Pick<WireguardOptions, 'implementation' | 'programFolders'> & { readonly name: string }

/** The system's wireguard-go, and the current one where it was built. */
export function wireguardGosHere(): readonly Implementation[] {
  const implementation = 'wireguard-go'
  const current = { name: 'the current wireguard-go', implementation, programFolders: [BUILT_FOLDER] } as const
  return [
    { name: implementation, implementation },
    ...(existsSync(`${BUILT_FOLDER}/${implementation}`) ? [current] : []),
  ]
}

/** Those that can be tried here. */
export function implementationsHere(): readonly Implementation[] {
  const kernel = tryKernelWireguard(undefined)
  kernel?.close()
  return [
    ...(kernel === undefined ? [] : [{ name: 'kernel', implementation: 'kernel' } as const]),
    ...wireguardGosHere(),
  ]
}

/** `implementation` left out: as an agent takes it. */
export function openTestPlace(options: Omit<Implementation, 'name'> = {}): TestPlace {
  const tag = `${process.pid % 100_000}${randomBytes(3).toString('hex')}`
  const name = `dmk-wg-${tag}`
  const links = [`dwa${tag}`, `dwb${tag}`] as const
  const keys = [generateKeyPair(), generateKeyPair()] as const
  createNamespace(name)
  const namespace = openNamespace(name)
  const rtnetlink = openRtnetlink(namespace)
  const privateKeys = new Map(keys.map((pair) => [pair.publicKey, pair.privateKey]))
  const wireguard = openWireguard({ ...options, namespace, privateKeys })
  return {
    name,
    namespace,
    rtnetlink,
    wireguard,
    links,
    keys,
    async close() {
      for (const link of links) if (rtnetlink.findLink(link)) await rtnetlink.deleteLinkAsync(link)
      wireguard.close()
      rtnetlink.close()
      namespace.close()
      deleteNamespace(name)
      for (const link of links) await waitForNothing(link)
    },
  }
}

async function waitForNothing(link: string): Promise<void> {
  for (const start = performance.now(); tryPid(link) !== undefined || existsSync(socketPath(link)); ) {
    if (performance.now() - start > 20_000)
      throw new Error(`of ${link} is left: process ${tryPid(link)}, socket ${existsSync(socketPath(link))}`)
    await sleep(5)
  }
}

export const socketPath = (link: string): string => `/var/run/wireguard/${link}.sock`

/** The wireguard-go that serves a device; a zombie counts as ended. */
export function tryPid(link: string): number | undefined {
  const pid = readdirSync('/proc').find((entry) => {
    try {
      return /^\d+$/.test(entry) && readFileSync(`/proc/${entry}/cmdline`, 'utf8').endsWith(`wireguard-go\0${link}\0`)
    } catch {
      return false
    }
  })
  return pid === undefined ? undefined : Number(pid)
}
