import { expect, test } from 'vitest'
import { tryPublicKey } from '../../model/index.ts'
import { generateKeyPair, publicKeyOf } from './key-pair.ts'

// The bytes 0 to 31, and what `wg pubkey` prints for them.
const PRIVATE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
const PUBLIC = 'j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8='

test('the public half is the one that wg computes', () => {
  expect(publicKeyOf(PRIVATE)).toBe(PUBLIC)
})

test('a new pair is clamped, belongs together and is never the same', () => {
  const [one, two] = [generateKeyPair(), generateKeyPair()]
  const bytes = Buffer.from(one.privateKey, 'base64')
  expect((bytes[0] ?? 255) & 0b111).toBe(0)
  expect((bytes[31] ?? 255) >> 6).toBe(1)
  expect(publicKeyOf(one.privateKey)).toBe(one.publicKey)
  expect(tryPublicKey(one.publicKey)).toBe(one.publicKey)
  expect(two.privateKey).not.toBe(one.privateKey)
})

test.each([
  ['too short', PRIVATE.slice(4)],
  ['not base64', PRIVATE.replace('=', '!')],
  ['in hex', Buffer.from(PRIVATE, 'base64').toString('hex')],
  ['empty', ''],
])('a key that is %s is refused without being said', (_, text) => {
  let message = ''
  try {
    publicKeyOf(text)
  } catch (error) {
    message = String(error)
  }
  expect(message).toMatch(/^Error: not a WireGuard key: a text of \d+ characters/)
  if (text !== '') expect(message).not.toContain(text)
})
