// A lab over the WireGuard of the kernel, beside what its own tool says of it.
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { nodeFolder } from '../../src/lab/index.ts'
import { damask, EXAMPLES } from '../lab/damask-process.ts'
import { expectAllPairs, expectReady } from '../lab/lab-check.ts'
import { labOfThisFile } from '../lab/lab-under-test.ts'

const lab = labOfThisFile(`${EXAMPLES}/full-mesh.yaml`)

/** `wg show all dump` of a node: device, key, preshared key, endpoint, allowed IPs, handshake, bytes both ways, keepalive. */
async function shownPeers(node: string): Promise<readonly (readonly string[])[]> {
  const text = await lab.ask(node, 'wg', 'show', 'all', 'dump')
  return text
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(({ length }) => length === 9)
}

it('says of its peers what wg says', async () => {
  const { wireguard, peers } = await lab.status('home-1')
  expect(wireguard).toBe('kernel')
  const shown = await shownPeers('home-1')
  const told = peers.map(({ link, publicKey, endpoint, allowedIps }) => [
    link,
    publicKey,
    endpoint ?? '(none)',
    [...allowedIps].sort().join(','),
  ])
  const seen = shown.map(([link = '', key = '', , endpoint = '', ips = '']) => [
    link,
    key,
    endpoint,
    ips.split(',').sort().join(','),
  ])
  expect(told.sort()).toEqual(seen.sort())
  for (const { publicKey, secondsSinceHandshake } of peers) {
    const at = Number(shown.find(([, key]) => key === publicKey)?.[5])
    expect(Math.abs(Date.now() / 1000 - at - (secondsSinceHandshake ?? Number.NaN))).toBeLessThan(15)
  }
})

it('leaves a WireGuard device of somebody else alone', async () => {
  const [own, other] = [randomBytes(32), randomBytes(32)].map((bytes) => bytes.toString('base64'))
  await lab.ask('oregon-1', 'ip', 'link', 'add', 'wg-office', 'type', 'wireguard')
  const peer = ['peer', `${other}`, 'endpoint', '192.0.2.7:4500', 'allowed-ips', '192.168.77.0/24']
  await lab.ask('oregon-1', 'sh', '-c', `echo ${own} > /tmp/office.key`)
  await lab.ask('oregon-1', 'wg', 'set', 'wg-office', 'listen-port', '4501', 'private-key', '/tmp/office.key', ...peer)
  await lab.ask('oregon-1', 'ip', 'link', 'set', 'wg-office', 'up')
  const before = await lab.ask('oregon-1', 'wg', 'showconf', 'wg-office')
  // Ours is made anew next to it.
  await lab.ask('oregon-1', 'ip', 'link', 'del', 'damask-t1')
  await expect
    .poll(async () => (await lab.status('oregon-1')).drift.latest.map(({ entry }) => `${entry}`).join(' '))
    .toContain('damask-t1')
  await expectReady(lab)
  expect(await lab.ask('oregon-1', 'wg', 'showconf', 'wg-office')).toBe(before)
  expect((await lab.status('oregon-1')).devices.map(({ name }) => name)).not.toContain('wg-office')
})

it('takes a new key of one peer without touching the sessions of the others', async () => {
  /** Bytes that came from each: of a peer that is made anew they are counted from zero. */
  const received = async (): Promise<Readonly<Record<string, number>>> => {
    const { peers } = await lab.status('oregon-1')
    const shown = await shownPeers('oregon-1')
    return Object.fromEntries(
      peers.map(({ node, publicKey }) => [node, Number(shown.find(([, key]) => key === publicKey)?.[6])]),
    )
  }
  expect(await expectAllPairs(lab)).toBeGreaterThan(0)
  const before = await received()
  const keyOf = async (node: string): Promise<string> => (await lab.status(node)).publicKey
  const old = await keyOf('falkenstein-1')
  rmSync(join(nodeFolder(lab.record(), 'falkenstein-1'), 'state'), { recursive: true })
  expect(await damask('lab', 'reboot', lab.name, 'falkenstein-1')).toMatchObject({ code: 0, complaints: '' })
  expect(await keyOf('falkenstein-1')).not.toBe(old)
  await expectReady(lab)
  const after = await received()
  for (const node of ['home-1', 'oregon-2']) expect(after[node], node).toBeGreaterThanOrEqual(before[node] ?? Infinity)
  expect(after['falkenstein-1']).toBeLessThan(before['falkenstein-1'] ?? 0)
})
