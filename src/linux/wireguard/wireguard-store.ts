// The WireGuard devices of a namespace, whether the kernel's or those of wireguard-go.
import {
  type Change,
  type Failure,
  type PeerActivity,
  type PublicKey,
  type WireguardDevice,
  type WireguardPeer,
  wireguardDevice,
  wireguardPeer,
} from '../../model/index.ts'
import { isGoneAlready, thrownFailure } from '../failure.ts'
import { codeOf } from '../system-error.ts'
import { type DeviceDriverOptions, openDeviceDriver } from './device-driver.ts'
import type { DeviceSettings, DeviceState, WireguardDriver, WireguardImplementation } from './device-settings.ts'
import { mergeSettings, settingsOf } from './settings-of-change.ts'

export type WireguardOptions = DeviceDriverOptions & {
  /** In base64, by public half. Read at every change, so that keys may come later. */
  readonly privateKeys: ReadonlyMap<PublicKey, string>
  readonly log?: { readonly warn: (fields: object, message: string) => void } | undefined
}

export type WireguardObservation = {
  readonly entries: (WireguardDevice | WireguardPeer)[]
  readonly activity: PeerActivity[]
}

export type Wireguard = {
  /** Of links made from now on: a kernel may get its WireGuard late. */
  implementation(): WireguardImplementation
  /** Makes a link that is down and in no group, and resolves when its device can be set. */
  createLink(name: string, mtuBytes: number): Promise<void>
  /** What cannot be read is left out, and said in the log. */
  observe(links: readonly string[]): Promise<WireguardObservation>
  /** Changes of devices and peers: one message a device. What is refused is returned, the rest is made. */
  apply(changes: readonly Change[]): Promise<readonly Failure[]>
  /** The devices stay. */
  close(): void
}

export function openWireguard(options: WireguardOptions): Wireguard {
  const { privateKeys, log } = options
  const driver = openDeviceDriver(options)
  return {
    implementation: driver.implementation,
    createLink: driver.createLink,
    close: driver.close,
    async observe(links) {
      const states = await Promise.all(links.map((link) => tryRead(driver, link, log)))
      const found = states.flatMap((state, index) => (state ? [entriesOf(links[index] ?? '', state)] : []))
      return {
        entries: found.flatMap(({ entries }) => entries),
        activity: found.flatMap(({ activity }) => activity),
      }
    },
    async apply(changes) {
      const failures = await Promise.all(
        [...byDevice(changes).entries()].map(([link, those]) => applyToDevice(driver, link, those, privateKeys)),
      )
      return failures.flat()
    },
  }
}

async function tryRead(
  driver: WireguardDriver,
  link: string,
  log: WireguardOptions['log'],
): Promise<DeviceState | undefined> {
  try {
    return await driver.read(link)
  } catch (error) {
    log?.warn({ link, code: codeOf(error) }, error instanceof Error ? error.message : String(error))
    return undefined
  }
}

function entriesOf(link: string, { publicKey, listenPort, mark, peers }: DeviceState): WireguardObservation {
  const device = publicKey && wireguardDevice({ link, publicKey, listenPort, mark, because: [] })
  return {
    entries: [
      ...(device ? [device] : []),
      ...peers.map(({ publicKey, endpoint, allowedIps, keepaliveSeconds }) =>
        wireguardPeer({ link, publicKey, ...(endpoint && { endpoint }), allowedIps, keepaliveSeconds, because: [] }),
      ),
    ],
    activity: peers.map(({ publicKey, endpoint, lastHandshake, receivedBytes, sentBytes }) => ({
      link,
      publicKey,
      ...(endpoint && { endpoint }),
      lastHandshake,
      receivedBytes,
      sentBytes,
    })),
  }
}

function byDevice(changes: readonly Change[]): Map<string, Change[]> {
  const devices = new Map<string, Change[]>()
  for (const change of changes) {
    const { entry } = change
    if (entry.kind !== 'wireguard-device' && entry.kind !== 'wireguard-peer') {
      throw new Error(`a ${entry.kind} is no part of a WireGuard device`)
    }
    const those = devices.get(entry.link)
    if (those) those.push(change)
    else devices.set(entry.link, [change])
  }
  return devices
}

type Step = { readonly change: Change; readonly settings: DeviceSettings }

async function applyToDevice(
  driver: WireguardDriver,
  link: string,
  changes: readonly Change[],
  privateKeys: ReadonlyMap<PublicKey, string>,
): Promise<Failure[]> {
  const failures: Failure[] = []
  const steps: Step[] = []
  for (const change of changes) {
    try {
      steps.push({ change, settings: settingsOf(change, privateKeys) })
    } catch (error) {
      failures.push(thrownFailure(change, error))
    }
  }
  return [...failures, ...(await writeSteps(driver, link, steps))]
}

async function writeSteps(driver: WireguardDriver, link: string, steps: readonly Step[]): Promise<Failure[]> {
  if (steps.length === 0) return []
  try {
    await driver.write(link, mergeSettings(steps.map(({ settings }) => settings)))
    return []
  } catch (error) {
    if (steps.length === 1 || codeOf(error) === 'ENODEV') return failuresOf(steps, error)
  }
  // A refused message stands in part, and nothing says which: halves find what is refused, and make the rest.
  const middle = Math.ceil(steps.length / 2)
  const first = await writeSteps(driver, link, steps.slice(0, middle))
  return [...first, ...(await writeSteps(driver, link, steps.slice(middle)))]
}

const failuresOf = (steps: readonly Step[], error: unknown): Failure[] =>
  steps.flatMap(({ change }) => (isGoneAlready(change, codeOf(error) ?? '') ? [] : [thrownFailure(change, error)]))
