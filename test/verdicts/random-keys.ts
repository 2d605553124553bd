// Key pairs that are the same in every run, so that a random lab is.
import { createHash } from 'node:crypto'
import { type KeyPair, publicKeyOf } from '../../src/linux/wireguard/key-pair.ts'

/** Any 32 bytes are a private key: X25519 puts them right itself (RFC 7748, decodeScalar25519). */
export function keyPairOf(name: string): KeyPair {
  const privateKey = createHash('sha256').update(`verdicts ${name}`).digest('base64')
  return { privateKey, publicKey: publicKeyOf(privateKey) }
}
