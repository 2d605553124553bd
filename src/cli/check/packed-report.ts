// What a pod of a check hands back: its termination message, which its kubelet writes into the pod's status. Logs would have to be fetched
// from the kubelet, and the API server does not reach those of other clouds before there is a network.
import { writeFileSync } from 'node:fs'
import { deflateRawSync, inflateRawSync } from 'node:zlib'

/** What a kubelet takes of one container; it cuts off the rest. */
const MOST_BYTES = 4096

/** Where a kubelet reads it (`terminationMessagePath`). */
export const REPORT_FILE = '/dev/termination-log'

/** Undefined: it does not fit. */
export function packReport(report: object): string | undefined {
  const packed = deflateRawSync(JSON.stringify(report), { level: 9 }).toString('base64')
  return packed.length <= MOST_BYTES ? packed : undefined
}

/** Undefined: that is none, as of a program that ended before it could write one. */
export function tryUnpackReport(text: string): unknown {
  try {
    return JSON.parse(inflateRawSync(Buffer.from(text, 'base64')).toString())
  } catch {
    return undefined
  }
}

/** Of several that say ever less, the first that fits. */
export function writeReport(file: string, reports: readonly object[]): void {
  const packed = reports.map(packReport).find((text) => text !== undefined)
  if (packed === undefined) throw new Error(`what was found does not fit into the ${MOST_BYTES} bytes of ${file}`)
  writeFileSync(file, packed)
}
