// What a runtime is answered, in the version of the specification that it asked for.
import { type Address, FAMILY_BITS, formatAddress } from '../model/index.ts'
import type { CniError } from './cni-error.ts'
import { CNI_VERSIONS, type CniVersion, FALLBACK_CNI_VERSION, tryCniVersion } from './cni-version.ts'
import type { PreviousResult } from './previous-result.ts'

/** A pod as its interfaces were made. */
export type AttachedPod = {
  readonly link: string
  readonly hostHardwareAddress: string
  readonly interfaceName: string
  readonly hardwareAddress: string
  readonly mtuBytes: number
  readonly namespacePath: string
  /** In the order of the families, each with the gateway that the pod sends to. */
  readonly addresses: readonly { readonly address: Address; readonly gateway: Address }[]
  readonly dns: unknown
}

/**
 * ADD's answer: what the plugins before us made, then ours. The host's end comes first of the two and has no sandbox, and every
 * address names the pod's end: portmap and bandwidth, chained behind us, find the host's device by that.
 */
export function addResult(cniVersion: CniVersion, pod: AttachedPod, previous?: PreviousResult): object {
  const namesFamilies = cniVersion === '0.3.1' || cniVersion === '0.4.0'
  const mtu = cniVersion === '1.1.0' ? { mtu: pod.mtuBytes } : {}
  const { interfaces = [], ips = [], routes = [] } = previous ?? {}
  return {
    cniVersion,
    interfaces: [
      ...interfaces,
      { name: pod.link, mac: pod.hostHardwareAddress, ...mtu },
      { name: pod.interfaceName, mac: pod.hardwareAddress, ...mtu, sandbox: pod.namespacePath },
    ],
    ips: [
      ...ips,
      ...pod.addresses.map(({ address, gateway }) => ({
        ...(namesFamilies ? { version: String(address.family) } : {}),
        address: `${formatAddress(address)}/${FAMILY_BITS[address.family]}`,
        gateway: formatAddress(gateway),
        interface: interfaces.length + 1,
      })),
    ],
    routes: [
      ...routes,
      ...pod.addresses.map(({ gateway }) => ({
        dst: gateway.family === 4 ? '0.0.0.0/0' : '::/0',
        gw: formatAddress(gateway),
      })),
    ],
    dns: pod.dns ?? previous?.dns ?? {},
  }
}

/** VERSION's answer; it repeats the version of the request where it is one that we know. */
export const versionResult = (asked: unknown): object => ({
  cniVersion: tryCniVersion(asked) ?? FALLBACK_CNI_VERSION,
  supportedVersions: CNI_VERSIONS,
})

export const errorResult = (cniVersion: CniVersion, { code, message, details }: CniError): object => ({
  cniVersion,
  code,
  msg: message,
  ...(details === undefined || details === message ? {} : { details }),
})
