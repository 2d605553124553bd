import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { generateKeyPair, publicKeyOf } from './key-pair.ts'

const wg = (word: string, input = ''): string => execFileSync('wg', [word], { input, encoding: 'utf8' }).trim()

test('wg pubkey and we agree on the public half, whoever made the private one', () => {
  for (let round = 0; round < 10; round++) {
    const { privateKey, publicKey } = generateKeyPair()
    expect(wg('pubkey', `${privateKey}\n`)).toBe(publicKey)
    const theirs = wg('genkey')
    expect(publicKeyOf(theirs)).toBe(wg('pubkey', `${theirs}\n`))
  }
})
