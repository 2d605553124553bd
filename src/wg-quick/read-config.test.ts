import { describe, expect, test } from 'vitest'
import { formatAddress, formatPrefix } from '../model/index.ts'
import { formatPlace } from './place.ts'
import { readConfig } from './read-config.ts'

const KEY = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg='

const read = (text: string) => readConfig({ path: 'a.conf', machine: 'a', text })
const said = (text: string) => read(text).findings.map(({ place, what }) => `${formatPlace(place)}: ${what}`)
const peer = (...lines: readonly string[]) => ['[Peer]', `PublicKey = ${KEY}`, ...lines].join('\n')
const allowed = (...lines: readonly string[]) =>
  read(peer(...lines)).config.peers[0]?.allowed.map(
    ({ value, place }) => `${value.isRemoved ? '-' : ''}${formatPrefix(value.prefix)} ${place.line}:${place.column}`,
  )

describe('readConfig reads as wg-quick and wg do:', () => {
  test('keys and sections in any case, comments anywhere, lists in one line and in several', () => {
    const { config, findings } = read(`# a machine
[INTERFACE]
privatekey=${KEY} # not a key that anybody has
address = 10.0.0.1/24,fd00::1/64
Address = 192.0.2.1
LISTENPORT = 51820
Table = off
PostUp = echo "#1" # kept
[peer]
PublicKey = ${KEY}
Endpoint = [2001:db8::1]:51820
PersistentKeepalive = off`)
    expect(findings).toEqual([])
    expect(config.addresses.map(({ value }) => formatAddress(value.address))).toEqual([
      '10.0.0.1',
      'fd00::1',
      '192.0.2.1',
    ])
    expect(config).toMatchObject({ listenPort: { value: 51820 }, table: { value: 'off' } })
    expect(config.hooks.map(({ value }) => value)).toEqual(['echo "#1" # kept'])
    expect(config.peers[0]).toMatchObject({
      endpoint: { value: { host: '2001:db8::1', port: 51820 } },
      keepaliveSeconds: { value: 0 },
    })
  })

  test('wg knows no blanks, not even inside words', () => {
    expect(allowed('Allowed IPs = 10. 0.0.0 / 8 ,fd00::/8')).toEqual(['10.0.0.0/8 3:15', 'fd00::/8 3:30'])
  })

  test('an address without a length stands for itself, host bits are cut off, + adds and - removes', () => {
    expect(allowed('AllowedIPs = 10.0.0.1, 10.1.2.3/16', 'AllowedIPs = +fd00::1', 'AllowedIPs = -10.0.0.1/32')).toEqual(
      ['10.0.0.1/32 3:14', '10.1.0.0/16 3:24', 'fd00::1/128 4:14', '-10.0.0.1/32 5:14'],
    )
    expect(said(peer('AllowedIPs = 10.0.0.1, 10.1.2.3/16'))).toEqual([
      'a.conf:3:24: 10.1.2.3/16 has host bits set; wg takes it as 10.1.0.0/16',
    ])
  })

  test('the last colon ends a host without brackets', () => {
    expect(read(peer('Endpoint = 2001:db8::1:51820')).config.peers[0]?.endpoint?.value.host).toBe('2001:db8::1')
    expect(read(peer('Endpoint = VPN.example.com:51820')).config.peers[0]?.endpoint?.value).toEqual({
      host: 'vpn.example.com',
      address: undefined,
      port: 51820,
    })
  })
})

describe('readConfig says where and what it is that wg-quick refuses:', () => {
  test.each([
    [
      '[Interface]\nListenProt = 1',
      'a.conf:2:1: ListenProt is no setting that wg or wg-quick knows; did you mean "ListenPort"?',
    ],
    ['ListenPort = 1', 'a.conf:1:1: ListenPort stands before any section'],
    ['[Interfaces]', 'a.conf:1:1: [Interfaces] is not a section'],
    ['[Interface]\nhello', 'a.conf:2:1: "hello" is no line that wg knows'],
    [
      '[Interface]\nListenPort = 65536',
      'a.conf:2:14: ListenPort "65536" is not a UDP port; write a number from 0 to 65535',
    ],
    ['[Interface]\nAllowedIPs = 10.0.0.0/8', 'a.conf:2:1: AllowedIPs is a setting of a peer'],
    ['[Interface]\nTable = Off', 'a.conf:2:9: Table "Off" is to wg-quick the name of a table; write off'],
    ['[Interface]\nSaveConfig = yes', 'a.conf:2:14: SaveConfig "yes" is neither true nor false'],
    ['[Interface]\nFwMark = blue', 'a.conf:2:10: FwMark "blue" is neither off nor a mark from 0 to 0xffffffff'],
    ['[Interface]\nAddress = 10.0.0.300/24', 'a.conf:2:11: Address "10.0.0.300/24" is not an IP address or prefix'],
    [peer('AllowedIPs ='), 'a.conf:3:1: AllowedIPs has no value'],
    [peer('AllowedIPs = 10.0.0.0/8,'), 'a.conf:3:24: AllowedIPs: "" is not an IP address or prefix'],
    [
      peer('AllowedIPs = 10.0.0.0/33'),
      'a.conf:3:14: AllowedIPs: "10.0.0.0/33" is not a prefix: its length is a number from 0 to 32',
    ],
    [peer('Address = 10.0.0.1'), 'a.conf:3:1: Address is a setting of the interface, and stands in a [Peer]'],
    [
      peer('PersistentKeepalive = 1m'),
      'a.conf:3:23: PersistentKeepalive "1m" is neither off nor a number of seconds from 0 to 65535',
    ],
    ['[Peer]\nAllowedIPs = 10.0.0.0/8', 'a.conf:1:1: this peer has no PublicKey'],
  ])('%j', (text, expected) => {
    expect(said(text)).toEqual([expected])
  })

  test('a key with a typing error, which may be a private one, is not said', () => {
    const text = `[Interface]\nPrivateKey = ${KEY.slice(1)}`
    expect(said(text)).toEqual([
      'a.conf:2:14: PrivateKey is not a key: a key is 32 bytes in base64, 44 characters of which the last is "="; it has 43 characters',
    ])
  })

  test('a setting that stands twice in one section, as where a line [Peer] was forgotten', () => {
    expect(said(peer('AllowedIPs = 10.0.0.1', `PublicKey = ${KEY}`))).toEqual([
      'a.conf:4:1: PublicKey stands twice in one section, and the later counts',
    ])
  })
})
