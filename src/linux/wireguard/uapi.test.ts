import { describe, expect, test } from 'vitest'
import { type PublicKey, parseAddress, parsePrefix } from '../../model/index.ts'
import { generateKeyPair } from './key-pair.ts'
import { createDeviceReader, decodeDevice, encodeSet, errnoOf, isWhole } from './uapi.ts'

const own = generateKeyPair()
const peer = generateKeyPair()
const hex = (key: string): string => Buffer.from(key, 'base64').toString('hex')

test('settings are written as the protocol says, IPv6 endpoints in brackets', () => {
  const text = encodeSet({
    privateKey: own.privateKey,
    listenPort: 51820,
    mark: 0x1000,
    peers: [
      {
        publicKey: peer.publicKey,
        endpoint: { address: parseAddress('2001:db8::1'), port: 51821 },
        keepaliveSeconds: 25,
        replaceAllowedIps: true,
        allowedIps: [parsePrefix('10.42.1.0/24'), parsePrefix('fd42::/64')],
      },
      { publicKey: own.publicKey, updateOnly: true, keepaliveSeconds: 0 },
      { publicKey: peer.publicKey, remove: true },
    ],
  })
  expect(text.split('\n')).toEqual([
    'set=1',
    `private_key=${hex(own.privateKey)}`,
    'listen_port=51820',
    'fwmark=4096',
    `public_key=${hex(peer.publicKey)}`,
    'endpoint=[2001:db8::1]:51821',
    'persistent_keepalive_interval=25',
    'replace_allowed_ips=true',
    'allowed_ip=10.42.1.0/24',
    'allowed_ip=fd42::/64',
    `public_key=${hex(own.publicKey)}`,
    'update_only=true',
    'persistent_keepalive_interval=0',
    `public_key=${hex(peer.publicKey)}`,
    'remove=true',
    '',
    '',
  ])
})

test('nothing is written but what is given, and never replace_peers', () => {
  expect(encodeSet({ peers: [] })).toBe('set=1\n\n')
  const text = encodeSet({ peers: [{ publicKey: peer.publicKey, allowedIps: [parsePrefix('10.0.0.0/8')] }] })
  expect(text).toBe(`set=1\npublic_key=${hex(peer.publicKey)}\nallowed_ip=10.0.0.0/8\n\n`)
})

test('prefixes to take away follow those to add, each behind a minus', () => {
  const [added, removed] = [parsePrefix('10.1.0.0/24'), parsePrefix('fd42::/64')]
  const text = encodeSet({ peers: [{ publicKey: peer.publicKey, allowedIps: [added], removedIps: [removed] }] })
  expect(text).toBe(`set=1\npublic_key=${hex(peer.publicKey)}\nallowed_ip=10.1.0.0/24\nallowed_ip=-fd42::/64\n\n`)
})

const ANSWER = [
  `private_key=${hex(own.privateKey)}`,
  'listen_port=51820',
  'fwmark=4096',
  `public_key=${hex(peer.publicKey)}`,
  `preshared_key=${'0'.repeat(64)}`,
  'protocol_version=1',
  'endpoint=[fe80::1%eth0]:51821',
  'last_handshake_time_sec=1700000000',
  'last_handshake_time_nsec=5',
  'tx_bytes=12',
  'rx_bytes=34',
  'persistent_keepalive_interval=25',
  'allowed_ip=fd42::/64',
  'allowed_ip=10.42.1.0/24',
  'errno=0',
  '',
  '',
]

test('an answer is read, allowed IPs in ascending order', () => {
  expect(decodeDevice(ANSWER.join('\n'))).toEqual({
    publicKey: own.publicKey,
    listenPort: 51820,
    mark: 4096,
    peers: [
      {
        publicKey: peer.publicKey,
        endpoint: { address: parseAddress('fe80::1'), port: 51821 },
        allowedIps: [parsePrefix('10.42.1.0/24'), parsePrefix('fd42::/64')],
        keepaliveSeconds: 25,
        lastHandshake: 1_700_000_000,
        receivedBytes: 34,
        sentBytes: 12,
      },
    ],
  })
})

describe('a second answer', () => {
  const answerWith = (...ips: readonly string[]) =>
    ANSWER.flatMap((line) => (line.startsWith('allowed_ip=') ? [] : line === 'errno=0' ? [...ips, line] : [line])).join(
      '\n',
    )
  const ip = (text: string): string => `allowed_ip=${text}`
  const first = [ip('fd42::/64'), ip('10.42.1.0/24')]

  test('that tells the same allowed IPs gives the very same list, whatever else is new', () => {
    const read = createDeviceReader()
    const [before] = read(answerWith(...first)).peers
    const [now] = read(answerWith(...first).replace('rx_bytes=34', 'rx_bytes=35')).peers
    expect(now?.allowedIps).toBe(before?.allowedIps)
    expect(now?.receivedBytes).toBe(35)
  })

  test.each([
    ['one more', [...first, ip('10.42.2.0/24')]],
    ['one less', first.slice(0, 1)],
    ['none', []],
    ['another', [ip('fd42::/64'), ip('10.42.1.0/25')]],
    ['others that follow', [ip('fd42::/64'), ip('10.42.1.0/24'), ip('10.42.0.0/23')]],
    ['two runs of them', [...first, 'rx_bytes=1', ip('10.42.2.0/24')]],
  ])('that tells %s is read as if it were the first', (_, ips) => {
    const read = createDeviceReader()
    const before = read(answerWith(...first)).peers[0]?.allowedIps
    const copy = structuredClone(before)
    expect(read(answerWith(...ips))).toEqual(decodeDevice(answerWith(...ips)))
    expect(before).toEqual(copy)
    expect(read(answerWith(...first))).toEqual(decodeDevice(answerWith(...first)))
  })

  test('names a malformed line behind what is known by its number', () => {
    const read = createDeviceReader()
    read(answerWith(...first))
    const wrong = answerWith(...first, 'rx_bytes=x')
    const number = wrong.split('\n').indexOf('rx_bytes=x') + 1
    expect(() => read(wrong)).toThrow(`line ${number} (rx_bytes)`)
    const worse = answerWith(...first, ip('10.42.2.0/24'), ip('10.42.300.0/24'))
    expect(() => read(worse)).toThrow(`line ${worse.split('\n').indexOf(ip('10.42.300.0/24')) + 1} (allowed_ip)`)
  })
})

test('a device that nobody has set yet has no key, no mark and no peers', () => {
  expect(decodeDevice('listen_port=57031\nerrno=0\n\n')).toEqual({ listenPort: 57031, mark: 0, peers: [] })
  expect(decodeDevice(`private_key=${'0'.repeat(64)}\nerrno=0\n\n`).publicKey).toBeUndefined()
})

test.each([
  ['listen_port=51820', 'listen_port=65536'],
  ['listen_port=51820', 'listen_port=0x1'],
  ['fwmark=4096', 'fwmark='],
  ['fwmark=4096', 'fwmark'],
  ['fwmark=4096', '=4096'],
  [`public_key=${hex(peer.publicKey)}`, 'public_key=abc'],
  ['endpoint=[fe80::1%eth0]:51821', 'endpoint=fe80::1:51821'],
  ['endpoint=[fe80::1%eth0]:51821', 'endpoint=192.0.2.1:65536'],
  ['endpoint=[fe80::1%eth0]:51821', 'endpoint=192.0.2.01:1'],
  ['allowed_ip=fd42::/64', 'allowed_ip=fd42::/129'],
  ['rx_bytes=34', 'rx_bytes=-1'],
  ['last_handshake_time_sec=1700000000', 'last_handshake_time_sec=99999999999999999999'],
])('a malformed line is named by its number, never quoted: %s as %s', (line, wrong) => {
  const answer = ANSWER.map((one) => (one === line ? wrong : one)).join('\n')
  const number = ANSWER.indexOf(line) + 1
  expect(() => decodeDevice(answer)).toThrow(
    new RegExp(`^cannot read the answer of wireguard-go: line ${number} \\((\\w+|no name)\\) is malformed$`),
  )
})

test('no error holds a private key, in whatever way the line is cut', () => {
  const key = hex(own.privateKey)
  for (const line of [`private_key=${key.slice(1)}`, `private_key=${key}0`, `private_key ${key}`, key, `=${key}`]) {
    let message = ''
    try {
      decodeDevice(`${line}\nerrno=0\n\n`)
    } catch (error) {
      message = `${String(error)} ${JSON.stringify(error)}`
    }
    expect(message).toContain('line 1')
    expect(message).not.toContain(key.slice(1, 20))
    expect(message).not.toContain(own.privateKey)
  }
})

test('an answer is whole at its empty line, and carries an errno', () => {
  expect(isWhole('listen_port=1\n')).toBe(false)
  expect(isWhole('errno=0\n\n')).toBe(true)
  expect(errnoOf('errno=0\n\n')).toBe(0)
  expect(errnoOf('listen_port=1\nerrno=-98\n\n')).toBe(98)
  expect(() => errnoOf('listen_port=1\n\n')).toThrow(/line \d+ \(errno\) is malformed/)
})

test('a settings text is refused where a key is none', () => {
  expect(() => encodeSet({ peers: [{ publicKey: '?node-1' as PublicKey, remove: true }] })).toThrow(
    /not a WireGuard key/,
  )
})
