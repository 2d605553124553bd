// Netlink messages: the head (struct nlmsghdr), a structure of fixed size, attributes.
import { malformed, type Reader } from './reader.ts'
import { getStruct, putStruct, type Struct, type StructValues } from './struct.ts'
import { getAttributes, putAttributes, type Table, type Values } from './table.ts'
import { align, newWriter, pad, reserve, type Writer, written } from './writer.ts'

// linux/netlink.h
const NLM_F_REQUEST = 0x1
export const NLM_F_ACK = 0x4
export const NLM_F_DUMP_INTR = 0x10
export const NLM_F_DUMP = 0x300
export const NLM_F_REPLACE = 0x100
export const NLM_F_EXCL = 0x200
export const NLM_F_CREATE = 0x400
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3
const NLMSG_HEAD_BYTES = 16

/** What stands between the head and the end of the messages of one kind. */
export type Layout<H, A> = { readonly header: Struct<H>; readonly attributes: Table<A> }

/** A message to send; the socket adds head and sequence number. */
export type Message = {
  readonly type: number
  /** NLM_F_REQUEST is added. */
  readonly flags: number
  readonly write: (to: Writer) => void
}

/** A received message. Its bytes are only good until the next receive: decode at once. */
export type Received = {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly from: Reader
  /** First byte after the head, and the first after the message. */
  readonly at: number
  readonly end: number
}

export const message = <H, A>(
  type: number,
  flags: number,
  layout: Layout<H, A>,
  header: Partial<StructValues<H>>,
  attributes: Values<A> = {},
): Message => ({ type, flags, write: (to) => putBody(to, layout, header, attributes) })

function putBody<H, A>(
  to: Writer,
  layout: Layout<H, A>,
  header: Partial<StructValues<H>>,
  attributes: Values<A>,
): void {
  putStruct(to, layout.header, header)
  pad(to)
  putAttributes(to, layout.attributes, attributes)
}

/** The bytes of header and attributes without a head: what VETH_INFO_PEER holds. */
export function encodeBody<H, A>(
  layout: Layout<H, A>,
  header: Partial<StructValues<H>>,
  attributes: Values<A>,
): Uint8Array {
  const writer = newWriter(256)
  putBody(writer, layout, header, attributes)
  return written(writer)
}

/** Appends a whole message. */
export function putMessage(to: Writer, { type, flags, write }: Message, sequence: number, extraFlags = 0): void {
  const start = reserve(to, NLMSG_HEAD_BYTES)
  write(to)
  to.view.setUint32(start, to.length - start, true)
  to.view.setUint16(start + 4, type, true)
  to.view.setUint16(start + 6, flags | NLM_F_REQUEST | extraFlags, true)
  to.view.setUint32(start + 8, sequence, true)
  pad(to)
}

export const headerOf = <H, A>({ from, at, end }: Received, { header }: Layout<H, A>): StructValues<H> =>
  getStruct(from, header, at, end)

export const attributesOf = <H, A>({ from, at, end }: Received, { header, attributes }: Layout<H, A>): Values<A> =>
  getAttributes(from, attributes, at + align(header.size), end)

/** Walks over the messages of one datagram of `length` bytes; `visit` ends the walk by returning true. */
export function eachMessage(from: Reader, length: number, visit: (received: Received) => boolean): boolean {
  const { view } = from
  let position = 0
  while (position + NLMSG_HEAD_BYTES <= length) {
    const size = view.getUint32(position, true)
    if (size < NLMSG_HEAD_BYTES || position + size > length)
      throw malformed(`message of ${size} bytes where ${length - position} are left`)
    const received = {
      type: view.getUint16(position + 4, true),
      flags: view.getUint16(position + 6, true),
      sequence: view.getUint32(position + 8, true),
      from,
      at: position + NLMSG_HEAD_BYTES,
      end: position + size,
    }
    if (visit(received)) return true
    position += align(size)
  }
  return false
}
