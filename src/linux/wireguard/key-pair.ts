// WireGuard key pairs: X25519, in base64 as `wg genkey` and `wg pubkey` print them.
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import type { PublicKey } from '../../model/index.ts'

export type KeyPair = { readonly privateKey: string; readonly publicKey: PublicKey }

const KEY_BYTES = 32
// RFC 8410: the PKCS #8 envelope in front of the 32 bytes of an X25519 private key.
const PKCS8_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex')

export function generateKeyPair(): KeyPair {
  const bytes = randomBytes(KEY_BYTES)
  // RFC 7748: such a number is a multiple of the cofactor and has its highest bit where all have it.
  bytes[0] = (bytes[0] ?? 0) & 0b1111_1000
  bytes[31] = ((bytes[31] ?? 0) & 0b0111_1111) | 0b0100_0000
  const privateKey = bytes.toString('base64')
  return { privateKey, publicKey: publicKeyOf(privateKey) }
}

/** The public half of a private key. An error never says the key. */
export function publicKeyOf(privateKey: string): PublicKey {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, keyBytes(privateKey)]), format: 'der', type: 'pkcs8' })
  const envelope = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return envelope.subarray(-KEY_BYTES).toString('base64') as PublicKey
}

/** The 32 bytes of a key, private or public, in base64. */
export function keyBytes(key: string): Buffer {
  const bytes = Buffer.from(key, 'base64')
  if (bytes.length === KEY_BYTES && bytes.toString('base64') === key) return bytes
  throw new Error(
    `not a WireGuard key: a text of ${key.length} characters where 32 bytes in base64 (44 characters) are due`,
  )
}
