// prevResult: what the plugins of the list made so far. ADD hands it on with its own part added, CHECK compares it with what stands.
import { CNI_CODE, cniError } from './cni-error.ts'
import { type Configuration, isObject } from './request-bytes.ts'

/** Lists of JSON as the request has them, whatever fields they carry; none is an empty list. */
export type PreviousResult = {
  readonly interfaces: readonly Configuration[]
  readonly ips: readonly Configuration[]
  readonly routes: readonly Configuration[]
  readonly dns: unknown
}

/** Undefined where there is none. A result of another version is the runtime's error (CNI, "prevResult"). */
export function readPreviousResult({ cniVersion, prevResult }: Configuration): PreviousResult | undefined {
  if (prevResult === undefined || prevResult === null) return undefined
  if (!isObject(prevResult)) throw refused('is no object')
  if (prevResult.cniVersion !== undefined && prevResult.cniVersion !== cniVersion) {
    const versions = `${JSON.stringify(prevResult.cniVersion)} in a configuration of ${JSON.stringify(cniVersion)}`
    throw refused(`has cniVersion ${versions}`)
  }
  return {
    interfaces: listIn(prevResult, 'interfaces'),
    ips: listIn(prevResult, 'ips'),
    routes: listIn(prevResult, 'routes'),
    dns: prevResult.dns,
  }
}

function listIn(result: Configuration, name: string): readonly Configuration[] {
  const list = result[name] ?? []
  if (Array.isArray(list) && list.every(isObject)) return list
  throw refused(`has ${name} that are no list of objects`)
}

const refused = (clause: string): Error => cniError(CNI_CODE.undecodable, `prevResult ${clause}`)
