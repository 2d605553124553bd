// Names and hardware addresses of a pod's two ends, made of its attachment: the same after a crash, and known before the
// link is made, so that neighbours can be written without asking the kernel.
import { createHash } from 'node:crypto'
import { POD_LINK_PREFIX } from '../model/index.ts'
import type { Attachment } from './request-fields.ts'

export type PodIdentity = {
  /** The host's end: `dmk` and 11 hexadecimal digits, within the 15 characters of an interface name. */
  readonly link: string
  readonly hostHardwareAddress: string
  readonly hardwareAddress: string
}

export function podIdentity({ containerId, interfaceName }: Attachment): PodIdentity {
  // "/" stands in no interface name, so no two attachments make one text.
  const hash = createHash('sha256').update(`${interfaceName}/${containerId}`).digest()
  return {
    link: `${POD_LINK_PREFIX}${hash.toString('hex', 0, 6).slice(0, 11)}`,
    hostHardwareAddress: hardwareAddress(hash.subarray(6, 12)),
    hardwareAddress: hardwareAddress(hash.subarray(12, 18)),
  }
}

/** Locally administered, and of one station: the second-lowest bit of the first byte is set, the lowest is not (IEEE 802). */
function hardwareAddress(bytes: Uint8Array): string {
  const octets = Array.from(bytes, (byte, index) => (index === 0 ? (byte & 0xfc) | 0x02 : byte))
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':')
}
