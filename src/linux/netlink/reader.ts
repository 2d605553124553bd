// Received bytes. A reader's bytes are a receive buffer that is used again: what is kept has to be copied.

export type Reader = { readonly bytes: Uint8Array; readonly view: DataView }

export const readerOf = (bytes: Uint8Array): Reader => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
})

/** The kernel (or a test) sent bytes that are no netlink. */
export const malformed = (what: string): Error & { readonly code: string } =>
  Object.assign(new Error(`malformed netlink message: ${what}`), { code: 'EBADMSG' })
