// The types of netlink attributes: how a value is written behind an attribute's head, and read from there.
import type { Address } from '../../model/index.ts'
import { malformed, type Reader } from './reader.ts'
import { putBytes, reserve, type Writer } from './writer.ts'

export type AttributeType<T> = {
  readonly put: (to: Writer, value: T) => void
  readonly get: (from: Reader, at: number, length: number) => T
  /** NLA_F_NESTED is set in the head. */
  readonly isNested?: true
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const u8: AttributeType<number> = {
  put: (to, value) => {
    const at = reserve(to, 1)
    to.view.setUint8(at, value)
  },
  get: (from, at, length) => from.view.getUint8(needs(1, at, length)),
}
export const u16: AttributeType<number> = {
  put: (to, value) => {
    const at = reserve(to, 2)
    to.view.setUint16(at, value, true)
  },
  get: (from, at, length) => from.view.getUint16(needs(2, at, length), true),
}
export const u32: AttributeType<number> = {
  put: (to, value) => {
    const at = reserve(to, 4)
    to.view.setUint32(at, value, true)
  },
  get: (from, at, length) => from.view.getUint32(needs(4, at, length), true),
}
export const s32: AttributeType<number> = {
  put: (to, value) => {
    const at = reserve(to, 4)
    to.view.setInt32(at, value, true)
  },
  get: (from, at, length) => from.view.getInt32(needs(4, at, length), true),
}
export const u64: AttributeType<bigint> = {
  put: (to, value) => {
    const at = reserve(to, 8)
    to.view.setBigUint64(at, value, true)
  },
  get: (from, at, length) => from.view.getBigUint64(needs(8, at, length), true),
}
/** Network order: ports, and all numbers of nftables. */
export const be16: AttributeType<number> = {
  put: (to, value) => {
    const at = reserve(to, 2)
    to.view.setUint16(at, value)
  },
  get: (from, at, length) => from.view.getUint16(needs(2, at, length)),
}
export const be32: AttributeType<number> = {
  put: (to, value) => {
    const at = reserve(to, 4)
    to.view.setUint32(at, value)
  },
  get: (from, at, length) => from.view.getUint32(needs(4, at, length)),
}

/** NLA_NUL_STRING */
export const string: AttributeType<string> = {
  put(to, value) {
    putBytes(to, encoder.encode(value))
    reserve(to, 1)
  },
  get(from, at, length) {
    const zero = from.bytes.indexOf(0, at)
    return decoder.decode(from.bytes.subarray(at, zero === -1 ? at + length : Math.min(zero, at + length)))
  },
}

export const bytes: AttributeType<Uint8Array> = {
  put: putBytes,
  get: (from, at, length) => from.bytes.slice(at, at + length),
}

/** 4 or 16 bytes in network order: the length tells the family. */
export const address: AttributeType<Address> = {
  put(to, { family, w0, w1, w2, w3 }) {
    const at = reserve(to, family === 4 ? 4 : 16)
    to.view.setUint32(at, w0)
    if (family === 4) return
    to.view.setUint32(at + 4, w1)
    to.view.setUint32(at + 8, w2)
    to.view.setUint32(at + 12, w3)
  },
  get({ view }, at, length) {
    if (length === 4) return { family: 4, w0: view.getInt32(at), w1: 0, w2: 0, w3: 0 }
    if (length !== 16) throw malformed(`an address of ${length} bytes`)
    const [w0, w1, w2, w3] = [view.getInt32(at), view.getInt32(at + 4), view.getInt32(at + 8), view.getInt32(at + 12)]
    return { family: 6, w0, w1, w2, w3 }
  },
}

/** `02:da:ac:1f:00:0b` */
export const hardwareAddress: AttributeType<string> = {
  put(to, value) {
    if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(value)) throw new Error(`not a hardware address: '${value}'`)
    putBytes(
      to,
      Uint8Array.from(value.split(':'), (part) => Number.parseInt(part, 16)),
    )
  },
  get: (from, at, length) =>
    Array.from(from.bytes.subarray(at, at + length), (byte) => byte.toString(16).padStart(2, '0')).join(':'),
}

function needs(size: number, at: number, length: number): number {
  if (length < size) throw malformed(`${length} bytes where ${size} are needed`)
  return at
}
