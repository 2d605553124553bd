// The interfaces of all files as the kernel would hold them: who has which key, and which peer each allowed IP belongs to.
import { containsAddress, equalAddresses, formatPrefix, type Prefix, type PublicKey } from '../model/index.ts'
import { type Config, makesRoutes, type Peer } from './config.ts'
import { inferKeys } from './infer-keys.ts'
import type { Placed } from './place.ts'

export type AllowedEntry = { readonly prefix: Prefix; readonly peer: Peer; readonly place: Placed<unknown>['place'] }

/** A WireGuard interface of a machine: one file. */
export type Device = {
  readonly machine: string
  readonly config: Config
  /** Of the private key in the file; or, where the file has none, the one that others must mean by it. */
  readonly publicKey?: PublicKey | undefined
  readonly isKeyInferred: boolean
  /** What is left of AllowedIPs once all lines were taken in order; longest prefixes first. */
  readonly allowed: readonly AllowedEntry[]
}

export type Machine = { readonly name: string; readonly devices: readonly Device[] }

export type Mesh = {
  readonly machines: readonly Machine[]
  readonly devices: readonly Device[]
  /** More than one where machines share a private key. */
  readonly devicesOf: (key: PublicKey | undefined) => readonly Device[]
  /** All peers of other files that have the key of this interface. */
  readonly peersFor: (device: Device) => readonly { readonly device: Device; readonly peer: Peer }[]
}

/** `publicKeyOf` is handed in, as this room does no cryptography. */
export function buildMesh(configs: readonly Config[], publicKeyOf: (privateKey: string) => PublicKey): Mesh {
  const keys = configs.map(({ privateKey }) => privateKey && publicKeyOf(privateKey.value))
  const inferred = inferKeys(configs, keys)
  const devices = configs.map((config, index): Device => {
    const publicKey = keys[index] ?? inferred[index]
    return {
      machine: config.file.machine,
      config,
      publicKey,
      isKeyInferred: keys[index] === undefined,
      allowed: allowedOf(config, publicKey),
    }
  })
  const byKey = Map.groupBy(devices, ({ publicKey }) => publicKey)
  const listed = Map.groupBy(
    devices.flatMap((device) => device.config.peers.map((peer) => ({ device, peer }))),
    ({ peer }) => peer.publicKey?.value,
  )
  const machines = [...Map.groupBy(devices, ({ machine }) => machine)].map(([name, own]) => ({ name, devices: own }))
  return {
    machines,
    devices,
    devicesOf: (key) => (key === undefined ? [] : (byKey.get(key) ?? [])),
    peersFor: ({ machine, publicKey }) =>
      publicKey === undefined ? [] : (listed.get(publicKey) ?? []).filter(({ device }) => device.machine !== machine),
  }
}

/** As the kernel takes them: a prefix goes to the last peer that names it, a second section of a peer replaces what the first gave. */
function allowedOf({ peers }: Config, ownKey: PublicKey | undefined): readonly AllowedEntry[] {
  const held = new Map<string, AllowedEntry>()
  for (const peer of peers) {
    const key = peer.publicKey?.value
    if (key === undefined || key === ownKey) continue
    for (const [text, entry] of held) if (entry.peer.publicKey?.value === key) held.delete(text)
    for (const { value, place } of peer.allowed) {
      const text = formatPrefix(value.prefix)
      if (!value.isRemoved) held.set(text, { prefix: value.prefix, peer, place })
      else if (held.get(text)?.peer === peer) held.delete(text)
    }
  }
  return [...held.values()].sort((a, b) => b.prefix.length - a.prefix.length)
}

/** The peer's entry at the other side: how that side knows this interface. */
export const peerFor = (device: Device, key: PublicKey | undefined): Peer | undefined =>
  key === undefined ? undefined : device.config.peers.findLast(({ publicKey }) => publicKey?.value === key)

export const ownsAddress = (device: Device, address: Parameters<typeof equalAddresses>[0]): boolean =>
  device.config.addresses.some(({ value }) => equalAddresses(value.address, address))

/**
 * The peer is reached at an address that its machine has in the tunnel too: the two are on one local network, beside the tunnel.
 * Unless it is routed into the tunnel, where it cannot be reached.
 */
export function shareLocalNetwork(a: Machine, b: Machine): boolean {
  const namesByAddress = (from: Machine, to: Machine): boolean =>
    from.devices.some((device) =>
      to.devices.some((far) => {
        const address = peerFor(device, far.publicKey)?.endpoint?.value.address
        return (
          address !== undefined &&
          to.devices.some((one) => ownsAddress(one, address)) &&
          !(
            makesRoutes(device.config) &&
            device.allowed.some(({ prefix }) => prefix.length > 0 && containsAddress(prefix, address))
          )
        )
      }),
    )
  return namesByAddress(a, b) || namesByAddress(b, a)
}
