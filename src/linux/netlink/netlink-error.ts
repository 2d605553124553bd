// What the kernel says when it refuses a message: an errno, and since linux 4.12 a sentence and a place (extended ACK).
import { errnoName, type SystemError, systemError } from '../system-error.ts'
import { string, u32 } from './attribute.ts'
import type { Received } from './message.ts'
import { malformed } from './reader.ts'
import { getAttributes, table } from './table.ts'

const NLM_F_CAPPED = 0x100
const NLM_F_ACK_TLVS = 0x200
// struct nlmsgerr: an int, then the head of the refused message
const ERROR_BYTES = 20

const EXTENDED = table({
  text: [1, string], // NLMSGERR_ATTR_MSG
  offset: [2, u32], // NLMSGERR_ATTR_OFFS
})

export type Refusal = {
  readonly errno: number
  /** `EEXIST`, … */
  readonly code: string
  /** The kernel's own sentence: `Nexthop has invalid gateway`. */
  readonly text?: string
  /** Which byte of the message the kernel points at. */
  readonly offset?: number
}

/** Reads NLMSG_ERROR or NLMSG_DONE; undefined: an acknowledgement. */
export function tryRefusal({ from, at, end, flags, type }: Received): Refusal | undefined {
  if (at + 4 > end) {
    if (type === 3 /* NLMSG_DONE of old kernels */) return undefined
    throw malformed('an error without its number')
  }
  const errno = -from.view.getInt32(at, true)
  if (errno === 0) return undefined
  const { text, offset } =
    flags & NLM_F_ACK_TLVS ? getAttributes(from, EXTENDED, extendedStart({ from, at, flags, type }), end) : {}
  return { errno, code: errnoName(errno), ...(text !== undefined && { text }), ...(offset !== undefined && { offset }) }
}

function extendedStart({ from, at, flags, type }: Pick<Received, 'from' | 'at' | 'flags' | 'type'>): number {
  if (type === 3 /* NLMSG_DONE */) return at + 4
  if (flags & NLM_F_CAPPED) return at + ERROR_BYTES
  return at + 4 + ((from.view.getUint32(at + 4, true) + 3) & ~3)
}

/** `EINVAL - Nexthop has invalid gateway` */
export const refusalText = ({ code, text }: Refusal): string => (text === undefined ? code : `${code} - ${text}`)

export type NetlinkError = SystemError & { readonly refusal: Refusal }
export const netlinkError = (tried: string, refusal: Refusal): NetlinkError =>
  Object.assign(systemError(tried, refusal.errno, refusal.text), { refusal })

/** What an error of `netlinkError` carries. */
export const tryRefusalOf = (error: unknown): Refusal | undefined =>
  error instanceof Error && 'refusal' in error ? (error as NetlinkError).refusal : undefined
