// A growing stretch of bytes in host order (little endian), written from front to back and used again and again.

export type Writer = { bytes: Uint8Array; view: DataView; length: number }

export function newWriter(capacity = 4096): Writer {
  const bytes = new Uint8Array(capacity)
  return { bytes, view: new DataView(bytes.buffer), length: 0 }
}

/** Appends `count` zero bytes and returns where they begin. `bytes` and `view` may be others afterwards: name them after the call. */
export function reserve(to: Writer, count: number): number {
  const start = to.length
  const end = start + count
  if (end > to.bytes.length) grow(to, end)
  to.bytes.fill(0, start, end)
  to.length = end
  return start
}

export function putBytes(to: Writer, bytes: Uint8Array): void {
  const at = reserve(to, bytes.length)
  to.bytes.set(bytes, at)
}

/** NLA_ALIGN, NLMSG_ALIGN: everything begins at a multiple of 4. */
export const align = (length: number): number => (length + 3) & ~3

export function pad(to: Writer): void {
  reserve(to, align(to.length) - to.length)
}

/** A copy of what was written. */
export const written = (to: Writer): Uint8Array => to.bytes.slice(0, to.length)

function grow(to: Writer, needed: number): void {
  const bytes = new Uint8Array(Math.max(needed, to.bytes.length * 2))
  bytes.set(to.bytes.subarray(0, to.length))
  to.bytes = bytes
  to.view = new DataView(bytes.buffer)
}
