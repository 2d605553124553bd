// What a request asks for beside the usual: addresses, a hardware address. Runtimes say it in three places: the capabilities
// "ips" and "mac" (runtimeConfig), `args.cni` (CONVENTIONS.md of CNI), and CNI_ARGS as before.
import { type Address, formatAddress, tryAddress } from '../model/index.ts'
import { CNI_CODE, cniError } from './cni-error.ts'
import { type Configuration, isObject } from './request-bytes.ts'

export type PodWishes = {
  /** One of a family at most. */
  readonly addresses: readonly Address[]
  /** Lower case, with colons. */
  readonly hardwareAddress?: string
}

export type CniArguments = ReadonlyMap<string, string>

/** `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0`. Names that nobody knows are passed over, as Kubernetes asks. */
export function readArguments(text: string): CniArguments {
  const pairs = text.split(';').filter((pair) => pair !== '')
  return new Map(
    pairs.map((pair) => {
      const equals = pair.indexOf('=')
      if (equals > 0) return [pair.slice(0, equals), pair.slice(equals + 1)] as const
      throw cniError(CNI_CODE.badEnvironment, `CNI_ARGS has "${pair}"; write NAME=VALUE, with ";" between two`)
    }),
  )
}

export function readWishes(configuration: Configuration, args: CniArguments): PodWishes {
  const runtime = inside(configuration, 'runtimeConfig')
  const conventional = inside(inside(configuration, 'args'), 'cni')
  const addresses = readAddresses([
    ['CNI_ARGS IP', args.get('IP')?.split(',')],
    ['args.cni.ips', conventional.ips],
    ['runtimeConfig.ips', runtime.ips],
  ])
  const hardwareAddress = readHardwareAddress([
    ['runtimeConfig.mac', runtime.mac],
    ['args.cni.mac', conventional.mac],
    ['CNI_ARGS MAC', args.get('MAC')],
  ])
  return { addresses, ...(hardwareAddress !== undefined && { hardwareAddress }) }
}

const inside = (value: Configuration, field: string): Configuration => {
  const inner = value[field]
  return isObject(inner) ? inner : {}
}

/** A place where a wish may stand, and what stands there. */
type Place = readonly [name: string, value: unknown]

function readAddresses(places: readonly Place[]): readonly Address[] {
  const wished = new Map<string, Address>()
  for (const [name, list] of places) {
    if (list === undefined || list === null) continue
    if (!Array.isArray(list)) throw invalid(`${name} is ${JSON.stringify(list)}, which is no list of addresses`)
    for (const value of list) {
      const address = readAddress(name, value)
      wished.set(formatAddress(address), address)
    }
  }
  const addresses = [...wished.values()]
  for (const family of [4, 6] as const) {
    const all = addresses.filter((address) => address.family === family)
    if (all.length > 1) {
      throw invalid(
        `the request asks for ${all.map(formatAddress).join(' and ')}; a pod has one address of a family, so ask for one`,
      )
    }
  }
  return addresses
}

/** With or without a length: a pod's is always that of one address. */
function readAddress(name: string, value: unknown): Address {
  const address = typeof value === 'string' ? tryAddress(value.trim().replace(/\/\d+$/, '')) : undefined
  if (address !== undefined) return address
  throw invalid(`${name} has ${JSON.stringify(value)}, which is no IP address`)
}

function readHardwareAddress(places: readonly Place[]): string | undefined {
  for (const [name, value] of places) {
    if (value === undefined || value === null || value === '') continue
    const text = String(value).toLowerCase()
    if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(text) || text === '00:00:00:00:00:00' || isGroup(text))
      throw invalid(
        `${name} is ${JSON.stringify(value)}; write the hardware address of one station, as 02:00:00:00:00:01`,
      )
    return text
  }
  return undefined
}

/** The lowest bit of the first byte: a group of stations (IEEE 802). */
const isGroup = (hardwareAddress: string): boolean => (Number.parseInt(hardwareAddress.slice(0, 2), 16) & 1) === 1

const invalid = (sentence: string): Error => cniError(CNI_CODE.invalidConfiguration, sentence)
