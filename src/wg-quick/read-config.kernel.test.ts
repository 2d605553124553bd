// The `wg` of this machine says what it takes and what not: it reads a file before it looks for the interface.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfig } from './read-config.ts'

const KEY = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg='
const folder = mkdtempSync(join(tmpdir(), 'damask-wg-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function takesIt(text: string): boolean {
  const path = join(folder, 'wg0.conf')
  writeFileSync(path, text)
  try {
    execFileSync('wg', ['setconf', 'damask-none', path], { stdio: 'pipe' })
    return true
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr)
    // It came as far as the interface, which is not there.
    return said.includes('Unable to modify interface')
  }
}

const peer = (line: string) => `[Peer]\nPublicKey = ${KEY}\n${line}\n`
const interfaceOf = (line: string) => `[Interface]\n${line}\n`

test.each([
  interfaceOf('ListenPort = 51820'),
  interfaceOf('listenport=0'),
  interfaceOf('ListenPort = '),
  interfaceOf('ListenPort = -1'),
  interfaceOf('ListenPort = 51820 # ours'),
  interfaceOf('ListenPort : 51820'),
  interfaceOf('FwMark = off'),
  interfaceOf('FwMark = 0x1f'),
  interfaceOf('FwMark = 0X1f'),
  interfaceOf('FwMark = 4294967296'),
  interfaceOf(`PrivateKey = ${KEY}`),
  interfaceOf(`PrivateKey = ${KEY.replace('g=', 'h=')}`),
  interfaceOf('PrivateKey ='),
  interfaceOf('Listen\u00a0Port = 51820'),
  '[ Interface ]\nListenPort = 1\n',
  'ListenPort = 1\n',
  '[Peer]\nAllowedIPs = 10.0.0.0/8\n',
  '[Peers]\n',
  peer('AllowedIPs ='),
  peer('AllowedIPs = 10.0.0.0/8, '),
  peer('AllowedIPs = 10.0.0.0/08'),
  peer('AllowedIPs = 10.0.0.0/33'),
  peer('AllowedIPs = 10.0.0.0/'),
  peer('AllowedIPs = 10.0.0.01'),
  peer('AllowedIPs = 10.0.0.1/24, fd00::1/64'),
  peer('Allowed IPs = 10.0.0.1'),
  peer('AllowedIPs = fd00::/129'),
  peer('AllowedIPs = ::ffff:10.0.0.1/128'),
  peer('Endpoint = 192.0.2.1:51820'),
  peer('Endpoint = 192.0.2.1'),
  peer('Endpoint = 192.0.2.1:'),
  peer('Endpoint = [2001:db8::1]:51820'),
  peer('Endpoint = [2001:db8::1]51820'),
  peer('Endpoint = [2001:db8::1'),
  peer('Endpoint = 2001:db8::1:51820'),
  peer('PersistentKeepalive = 65535'),
  peer('PersistentKeepalive = 65536'),
  peer('PersistentKeepalive = OFF'),
  peer('PersistentKeepalive = 25s'),
  peer('PresharedKey = short'),
  peer('MTU = 1420'),
])('readConfig takes %j where wg does, and refuses it where wg does', (text) => {
  const { findings } = readConfig({ path: 'wg0.conf', machine: 'a', text })
  expect(findings.every(({ severity }) => severity !== 'error')).toBe(takesIt(text))
})
