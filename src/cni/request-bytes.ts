// The bytes that the plugin's client sends (damask.c): each CNI_* variable and a NUL, one more NUL, the network configuration.
import { CNI_CODE, cniError } from './cni-error.ts'

/** The CNI_* variables. */
export type Environment = ReadonlyMap<string, string>

export type RequestBytes = { readonly environment: Environment; readonly configuration: string }

/** A network configuration, read as far as JSON goes. */
export type Configuration = { readonly [field: string]: unknown }

export function splitRequest(bytes: Uint8Array): RequestBytes {
  const environment = new Map<string, string>()
  const decoder = new TextDecoder()
  for (let start = 0; ; ) {
    const end = bytes.indexOf(0, start)
    if (end < 0) throw cniError(CNI_CODE.undecodable, 'the request ends inside its environment; use the damask client')
    if (end === start) return { environment, configuration: decoder.decode(bytes.subarray(end + 1)).trim() }
    const entry = decoder.decode(bytes.subarray(start, end))
    const equals = entry.indexOf('=')
    if (equals > 0) environment.set(entry.slice(0, equals), entry.slice(equals + 1))
    start = end + 1
  }
}

export const isObject = (value: unknown): value is Configuration =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function readConfiguration(text: string): Configuration {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw cniError(CNI_CODE.undecodable, 'the network configuration on standard input is not JSON', cause)
  }
  if (isObject(value)) return value
  throw cniError(CNI_CODE.undecodable, 'the network configuration on standard input is not a JSON object')
}
