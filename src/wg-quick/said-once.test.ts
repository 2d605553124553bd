// Single mistakes in a mesh that is right: each is said once, where it stands, and nothing else is.
import { describe, expect, test } from 'vitest'
import type { PublicKey } from '../model/index.ts'
import { judgeConfigs } from './judge.ts'

/** A key that anybody can tell: its first letter is the machine's, in small in the public half. */
const key = (letter: string) => `${letter.repeat(42)}A=`
const publicKeyOf = (privateKey: string) =>
  (privateKey === privateKey.toUpperCase() ? privateKey.toLowerCase().replace(/a=$/, 'A=') : key('y')) as PublicKey

const judge = (files: Readonly<Record<string, string>>) =>
  judgeConfigs(
    Object.entries(files).map(([name, text]) => ({ path: `${name}.conf`, machine: name, text })),
    publicKeyOf,
  )

const peer = (letter: string, settings: string) => `[Peer]\nPublicKey = ${key(letter)}\n${settings}\n`
const NAMES = ['b', 'c', 'd', 'e']

/** Of the machine n-th in NAMES: lines 1 to 4, then four lines a peer from line 5 on. */
const file = (name: string, address: (nth: number) => string, allowed: (nth: number) => string): string =>
  NAMES.reduce(
    (text, other, nth) =>
      other === name ? text : `${text}${peer(other, `AllowedIPs = ${allowed(nth)}\nEndpoint = 192.0.2.${nth}:51820`)}`,
    `[Interface]\nPrivateKey = ${key(name.toUpperCase())}\nAddress = ${address(NAMES.indexOf(name))}\nListenPort = 51820\n`,
  )

const MESH = Object.fromEntries(
  NAMES.map((name) => [
    name,
    file(
      name,
      (nth) => `10.0.0.${nth}/24`,
      (nth) => `10.0.0.${nth}/32`,
    ),
  ]),
)
/** Each machine has a network of its own. */
const SITES = Object.fromEntries(
  NAMES.map((name) => [
    name,
    file(
      name,
      (nth) => `10.${nth}.0.1/24`,
      (nth) => `10.${nth}.0.0/24`,
    ),
  ]),
)
const HUB = {
  hub: `[Interface]\nPrivateKey = ${key('H')}\nAddress = 10.9.0.1/24\nListenPort = 51820\n${['i', 'j', 'k'].map((letter, nth) => peer(letter, `AllowedIPs = 10.9.0.${nth + 2}`)).join('')}`,
  ...Object.fromEntries(
    ['i', 'j', 'k'].map((letter, nth) => [
      letter,
      `[Interface]\nPrivateKey = ${key(letter.toUpperCase())}\nAddress = 10.9.0.${nth + 2}/24\n${peer('h', 'AllowedIPs = 10.9.0.0/24\nEndpoint = 203.0.113.5:51820\nPersistentKeepalive = 25')}`,
    ]),
  ),
}

/** The mesh with a text of one file exchanged for another. */
const change = (
  mesh: Readonly<Record<string, string>>,
  name: string,
  ...pairs: readonly (readonly [string, string])[]
) => {
  let text = mesh[name] ?? ''
  for (const [from, to] of pairs) {
    expect(text).toContain(from)
    text = text.replace(from, to)
  }
  return { ...mesh, [name]: text }
}

const found = (files: Readonly<Record<string, string>>) =>
  judge(files).findings.filter(({ severity }) => severity !== 'note')
const places = (files: Readonly<Record<string, string>>) =>
  found(files).map(({ severity, code, place }) => `${severity} ${code} ${place.file}:${place.line}`)
const B = `PrivateKey = ${key('B')}`
const ALLOWED_C = 'AllowedIPs = 10.0.0.1/32'
const ALLOWED_D = 'AllowedIPs = 10.0.0.2/32'

test('a right mesh has nothing to say', () => {
  for (const mesh of [MESH, SITES, HUB]) expect(places(mesh)).toEqual([])
})

describe('said once, where it stands:', () => {
  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['a byte order mark', { ...MESH, b: `\uFEFF${MESH.b}` }, ['error syntax b.conf:1']],
    ['UTF-16', { ...MESH, b: [...(MESH.b ?? '')].join('\0') }, ['error syntax b.conf:1']],
    ['no header at all', change(MESH, 'b', ['[Interface]\n', '']), ['error syntax b.conf:1']],
    ['a header with a typing error', change(MESH, 'b', ['[Interface]', '[Interfaces]']), ['error syntax b.conf:1']],
    ['a peer with a typing error', change(MESH, 'b', ['[Peer]', '[Peers]']), ['error syntax b.conf:5']],
    ['no PrivateKey', change(MESH, 'b', [`${B}\n`, '']), ['warning private-key b.conf:1']],
    ['an empty PrivateKey', change(MESH, 'b', [B, 'PrivateKey =']), ['error syntax b.conf:2']],
    ['a colon for an equals sign', change(MESH, 'b', ['PrivateKey =', 'PrivateKey:']), ['error syntax b.conf:2']],
    ['an address that is none', change(MESH, 'b', ['10.0.0.0/24', '10.0.0.0/33']), ['error syntax b.conf:3']],
    ['a port that is none', change(MESH, 'b', ['ListenPort = 51820', 'ListenPort = 5182O']), ['error syntax b.conf:4']],
    [
      'allowed IPs that are none',
      change(MESH, 'b', [ALLOWED_C, 'AllowedIPs = 10.0.0.1/322']),
      ['error syntax b.conf:7'],
    ],
    ['an endpoint without a port', change(MESH, 'b', ['192.0.2.1:51820', '192.0.2.1']), ['error syntax b.conf:8']],
    ['a keepalive with a unit', change(HUB, 'i', ['= 25', '= 25s']), ['error syntax i.conf:8']],
    ['a key with a typing error', change(MESH, 'b', [key('c'), key('c').slice(1)]), ['error syntax b.conf:6']],
    ['a peer without a key', change(MESH, 'b', [`PublicKey = ${key('c')}\n`, '']), ['error syntax b.conf:5']],
    ['its own key as a peer', change(MESH, 'b', [key('c'), key('b')]), ['error own-key b.conf:6']],
    ['a key that nobody has', change(MESH, 'b', [key('c'), key('z')]), ['error unknown-key b.conf:6']],
    ['a private key as a public one', change(MESH, 'b', [key('c'), key('C')]), ['error private-key b.conf:6']],
    ['a public key as the private one', change(MESH, 'b', [key('B'), key('b')]), ['error private-key b.conf:2']],
    [
      'two peers with each other’s key',
      change(MESH, 'b', [key('c'), 'X'], [key('d'), key('c')], ['X', key('d')]),
      ['error key-of-another b.conf:6', 'error key-of-another b.conf:10'],
    ],
    [
      'two peers with each other’s addresses',
      change(MESH, 'b', [ALLOWED_C, 'X'], [ALLOWED_D, ALLOWED_C], ['X', ALLOWED_D]),
      ['error taken-prefix b.conf:7', 'error taken-prefix b.conf:11'],
    ],
    [
      'the endpoint of another peer',
      change(MESH, 'b', ['192.0.2.2', '192.0.2.1']),
      ['error shared-endpoint b.conf:12'],
    ],
    ['the addresses of another peer', change(MESH, 'b', [ALLOWED_D, ALLOWED_C]), ['error taken-prefix b.conf:11']],
    ['those of one that comes later', change(MESH, 'b', [ALLOWED_C, ALLOWED_D]), ['error taken-prefix b.conf:7']],
    [
      'a longer prefix at another peer',
      change(SITES, 'b', ['10.2.0.0/24', '10.2.0.0/24, 10.1.0.1/32']),
      ['error taken-prefix b.conf:11'],
    ],
    [
      'one’s own address at a peer',
      change(MESH, 'b', [ALLOWED_C, 'AllowedIPs = 10.0.0.0']),
      ['error own-network b.conf:7'],
    ],
    [
      'one’s own network beside its',
      change(SITES, 'b', ['10.1.0.0/24', '10.1.0.0/24, 10.0.0.0/24']),
      ['error own-network b.conf:7'],
    ],
    [
      'an endpoint inside the tunnel',
      change(MESH, 'b', ['192.0.2.1:', '10.0.0.1:']),
      ['error endpoint-in-tunnel b.conf:8'],
    ],
    [
      'an endpoint inside a hub’s tunnel',
      change(HUB, 'i', ['203.0.113.5', '10.9.0.1']),
      ['error endpoint-in-tunnel i.conf:7'],
    ],
    [
      'the address of another machine',
      change(MESH, 'b', ['10.0.0.0/24', '10.0.0.1/24']),
      ['error taken-address b.conf:3'],
    ],
    [
      'three machines with one key',
      { ...MESH, c: (MESH.c ?? '').replace(key('C'), key('B')), d: (MESH.d ?? '').replace(key('D'), key('B')) },
      ['error shared-key c.conf:2'],
    ],
  ])('%s', (_, files, expected) => {
    expect(places(files)).toEqual(expected)
  })
})

describe('what is said is true:', () => {
  const writeOf = (files: Readonly<Record<string, string>>) => found(files).map(({ write }) => write)
  const verdictOf = (files: Readonly<Record<string, string>>, from: string, to: string) =>
    judge(files).reach.find((pair) => pair.from === from && pair.to === to)?.verdict

  test('what stands in the place of one’s own network is the peer’s, and not what other peers have', () => {
    expect(writeOf(change(MESH, 'b', [ALLOWED_C, 'AllowedIPs = 10.0.0.0']))).toEqual(['AllowedIPs = 10.0.0.1/32'])
    expect(writeOf(change(SITES, 'b', ['10.1.0.0/24', '10.0.0.0/24']))).toEqual(['AllowedIPs = 10.1.0.0/24'])
    const [added] = found(change(SITES, 'b', ['10.1.0.0/24', '10.1.0.0/24, 10.0.0.0/24']))
    expect(added?.follows).toBe('what is for the other machines in it goes to c')
    expect(added?.unreachable).toEqual([])
  })

  test('an endpoint inside the tunnel is outside of it in another file', () => {
    expect(writeOf(change(MESH, 'b', ['192.0.2.1:', '10.0.0.1:']))).toEqual([
      'Endpoint = 192.0.2.1:51820, as in d.conf',
    ])
  })

  test('a far end that can begin brings the session up, where the endpoint is inside the tunnel; one that cannot does not', () => {
    expect(verdictOf(change(MESH, 'b', ['192.0.2.1:', '10.0.0.1:']), 'b', 'c')).not.toBe('lost')
    expect(verdictOf(change(HUB, 'i', ['203.0.113.5', '10.9.0.1']), 'hub', 'i')).toBe('lost')
  })

  test('a packet that arrives at another machine with the same address is lost', () => {
    expect(verdictOf(change(MESH, 'b', ['10.0.0.0/24', '10.0.0.1/24']), 'd', 'b')).toBe('lost')
  })

  test('an IPv6 address without a port is told how to be written', () => {
    expect(found(change(MESH, 'b', ['192.0.2.1:51820', '2001:db8::2']))[0]?.what).toBe(
      'Endpoint "2001:db8::2" is an address without a port; write [2001:db8::2]:51820',
    )
  })

  test('a placeholder of damask render is told once for all files, and the rest is judged as with a key', () => {
    const open = Object.fromEntries(
      NAMES.map((name) => [
        name,
        NAMES.reduce(
          (text, other) => text.replaceAll(key(other), `?${other}`),
          (MESH[name] ?? '').replace(/PrivateKey = .*/, 'PostUp = wg set %i private-key /etc/wireguard/%i.key'),
        ),
      ]),
    )
    expect(places(open).sort()).toEqual([
      'warning placeholder b.conf:10',
      'warning placeholder b.conf:14',
      'warning placeholder b.conf:6',
      'warning placeholder c.conf:6',
    ])
    expect(judge(open).reach.every(({ verdict }) => verdict === 'reached')).toBe(true)
    const [port] = found(change(open, 'b', ['192.0.2.1:51820', '192.0.2.1:51821'])).filter(
      ({ code }) => code === 'port',
    )
    expect(port?.place).toMatchObject({ file: 'b.conf', line: 8 })
  })

  test('whose key a command sets is known by the longest prefix, and is nobody that it has as a peer', () => {
    const inCommand = (mesh: Readonly<Record<string, string>>) =>
      Object.fromEntries(
        Object.entries(mesh).map(([name, text]) => [
          name,
          text.replace(/PrivateKey = .*/, 'PostUp = wg set %i private-key /etc/wireguard/%i.key'),
        ]),
      )
    // c has a network of its own, and i has wider prefixes for it than the gateway h has: a virtual LAN.
    const lan = {
      h: `[Interface]\nPrivateKey = ${key('H')}\nAddress = 172.16.0.1/32\nListenPort = 1\nTable = off\n${peer('c', 'AllowedIPs = 172.16.128.0/24\nEndpoint = 192.0.2.1:1')}${peer('i', 'AllowedIPs = 172.16.0.2')}${peer('j', 'AllowedIPs = 172.16.0.3')}`,
      c: `[Interface]\nPrivateKey = ${key('C')}\nAddress = 172.16.128.1/24\nListenPort = 1\n${peer('h', 'AllowedIPs = 172.16.0.0/24\nEndpoint = 192.0.2.2:1')}`,
      ...Object.fromEntries(
        ['i', 'j'].map((letter, nth) => [
          letter,
          `[Interface]\nPrivateKey = ${key(letter.toUpperCase())}\nAddress = 172.16.0.${nth + 2}/32\n${peer('h', 'AllowedIPs = 172.16.128.0/17\nEndpoint = 172.16.0.1:1\nPersistentKeepalive = 25')}`,
        ]),
      ),
    }
    for (const mesh of [lan, HUB, SITES]) {
      expect(places(inCommand(mesh))).toEqual([])
      expect(judge(inCommand(mesh)).reach).toEqual(judge(mesh).reach)
    }
  })

  test('a keepalive that a command sets is one', () => {
    const without = change(HUB, 'i', ['PersistentKeepalive = 25', ''])
    expect(places(without)).toEqual(['warning keepalive i.conf:4'])
    expect(
      places(change(without, 'i', ['[Peer]', `PostUp = wg set %i peer ${key('h')} persistent-keepalive 25\n[Peer]`])),
    ).toEqual([])
  })
})

describe('private keys are never said:', () => {
  test.each([
    ['as a public key', change(MESH, 'b', [key('c'), key('C')])],
    [
      'as a public key that two agree on',
      { ...MESH, b: (MESH.b ?? '').replace(key('c'), key('C')), d: (MESH.d ?? '').replace(key('c'), key('C')) },
    ],
    [
      'in a command',
      change(MESH, 'c', ['ListenPort', `PostUp = wg set %i private-key <(echo ${key('C')})\nListenPort`]),
    ],
    ['with a colon', change(MESH, 'c', ['PrivateKey =', 'PrivateKey:'])],
    ['with a character too many', change(MESH, 'c', ['PrivateKey = ', 'PrivateKey: C'])],
    ['in another setting', change(MESH, 'b', ['192.0.2.1:51820', key('C')])],
  ])('%s', (_, files) => {
    expect(JSON.stringify(judge(files))).not.toContain(key('C').slice(0, 9))
  })
})
