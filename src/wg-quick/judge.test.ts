import { expect, test } from 'vitest'
import type { PublicKey } from '../model/index.ts'
import { judgeConfigs } from './judge.ts'

/** A key that anybody can tell: its first letter is the machine's, in small in the public half. */
const key = (letter: string) => `${letter.repeat(42)}A=`
const publicKeyOf = (privateKey: string) => privateKey.toLowerCase().replace(/a=$/, 'A=') as PublicKey

/** Files by the machine's letter; `wg1` and so on are further interfaces. */
const judge = (files: Readonly<Record<string, string>>) =>
  judgeConfigs(
    Object.entries(files).map(([name, text]) => ({ path: `${name}.conf`, machine: name.charAt(0), text })),
    publicKeyOf,
  )

const config = (letter: string, address: string, settings: string, ...peers: readonly string[]) =>
  [`[Interface]\nPrivateKey = ${key(letter)}\nAddress = ${address}\n${settings}`, ...peers].join('\n')
const peer = (letter: string, allowed: string) =>
  `[Peer]\nPublicKey = ${key(letter)}\nAllowedIPs = ${allowed}\nEndpoint = ${letter}.example.com:51820`

const PORT = 'ListenPort = 51820'
const verdictOf = ({ reach }: ReturnType<typeof judge>, from: string, to: string) =>
  reach.find((pair) => pair.from === from && pair.to === to)?.verdict

test('a second section of a peer takes away what the first one gave it', () => {
  const judgement = judge({
    b: config('B', '10.0.0.2', PORT, peer('c', '10.0.0.3'), peer('c', '10.0.9.0/24')),
    c: config('C', '10.0.0.3', PORT, peer('b', '10.0.0.2')),
  })
  expect(judgement.findings.map(({ code, place }) => `${code} ${place.line}`)).toEqual(['peer-twice 10'])
  expect(verdictOf(judgement, 'c', 'b')).toBe('lost')
})

test('a peer that does not have us is told, also where nobody knows what is routed into the tunnel', () => {
  const { findings } = judge({
    b: config('B', '10.0.0.2', `${PORT}\nTable = off`, peer('c', '10.0.0.3')),
    c: config('C', '10.0.0.3', PORT),
  })
  expect(findings.map(({ code, severity, place }) => `${severity} ${code} ${place.file}`)).toEqual([
    'error no-peer c.conf',
  ])
})

test('a machine with two interfaces forwards from one to the other', () => {
  const files = {
    b: config('B', '10.0.1.2', PORT, peer('c', '10.0.1.1, 10.0.2.0/24')),
    c: config('C', '10.0.1.1', PORT, peer('b', '10.0.1.2')),
    'c wg1': config('D', '10.0.2.1', PORT.replace('20', '21'), peer('e', '10.0.2.2')),
    e: config('E', '10.0.2.2', PORT, peer('d', '10.0.2.1, 10.0.1.0/24').replace('20', '21')),
  }
  const judgement = judge(files)
  expect(judgement.findings.filter(({ severity }) => severity !== 'note')).toEqual([])
  expect(judgement.reach.find(({ from, to }) => from === 'b' && to === 'e')).toEqual({
    from: 'b',
    to: 'e',
    verdict: 'reached',
    through: ['c'],
  })
  const narrow = judge({ ...files, e: files.e.replace(', 10.0.1.0/24', '') })
  expect(narrow.findings.map(({ place, what }) => `${place.file}:${place.line} ${what}`)).toContain(
    'e.conf:7 the AllowedIPs of c do not hold 10.0.1.2 (b)',
  )
})
