import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { formatPrefix, type PublicKey, parseAddress } from '../model/index.ts'
import { describeKernel, type KernelHarness, type OtherProgram } from './kernel.conformance.ts'
import { openKernel } from './kernel.ts'
import { CLONE_NEWNS, MS_PRIVATE, MS_REC, mount, unshare } from './libc.ts'
import { createNamespace, deleteNamespace, openNamespace } from './namespace.ts'
import { openRtnetlink, type Rtnetlink } from './rtnetlink.ts'
import { codeOf } from './system-error.ts'
import { generateKeyPair } from './wireguard/key-pair.ts'
import { exchange } from './wireguard/uapi-socket.ts'
import { SOCKETS_FOLDER } from './wireguard/wireguard-go.ts'

// Devices of one name in two namespaces have one socket there, and other tests run at the same time: a folder of our own,
// seen by this process and its children alone.
unshare(CLONE_NEWNS)
mount('none', '/', null, MS_REC | MS_PRIVATE)
mkdirSync(SOCKETS_FOLDER, { recursive: true })
mount('tmpfs', SOCKETS_FOLDER, 'tmpfs', 0)

const keys = [generateKeyPair(), generateKeyPair()] as const

async function makeKernel(): Promise<KernelHarness> {
  const name = `damask-test-${process.pid}-${randomBytes(4).toString('hex')}`
  createNamespace(name)
  const handle = openNamespace(name)
  const rtnetlink = openRtnetlink(handle)
  rtnetlink.setLink('lo', { isUp: true })
  const lackOfIpip = tryIpip(rtnetlink)
  // No addresses by themselves: the end of their duplicate detection would be an event of its own.
  rtnetlink.addVethPair({ name: 'eth0', peer: 'wire', addressGeneration: 'none' })
  rtnetlink.setLink('wire', { isUp: true, addressGeneration: 'none' })
  rtnetlink.addAddress('eth0', parseAddress('192.0.2.1'), 24)
  rtnetlink.addAddress('eth0', parseAddress('2001:db8::1'), 64)
  const privateKeys = new Map(keys.map(({ publicKey, privateKey }) => [publicKey, privateKey]))
  const kernel = await openKernel({ namespace: handle, privateKeys })
  return {
    kernel,
    underlayLink: 'eth0',
    deviceKeys: [keys[0].publicKey, keys[1].publicKey],
    ...(lackOfIpip !== undefined && { lacks: { ipip: lackOfIpip } }),
    other: otherProgram(name),
    async close() {
      for (const { name, kind } of rtnetlink.links()) if (kind === 'tun') await rtnetlink.deleteLinkAsync(name)
      kernel.close()
      rtnetlink.close()
      handle.close()
      deleteNamespace(name)
    },
  }
}

/** What the kernel says where it has no IPIP. */
function tryIpip(rtnetlink: Rtnetlink): string | undefined {
  try {
    rtnetlink.addIpip({ name: 'probe', local: parseAddress('192.0.2.1'), mark: 0x1000 })
    rtnetlink.deleteLink('probe')
    return undefined
  } catch (error) {
    if (codeOf(error) !== 'EOPNOTSUPP') throw error
    return `this kernel has no IPIP (${(error as Error).message}); the kernel in memory runs it`
  }
}

/** By the programs that an operator has. */
function otherProgram(namespace: string): OtherProgram {
  const run = (...words: string[]): string =>
    execFileSync('ip', ['netns', 'exec', namespace, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const has = (...words: string[]): boolean => {
    try {
      return run(...words).trim() !== ''
    } catch {
      return false
    }
  }
  return {
    addRoute: async (to, table) => void run('ip', 'route', 'add', 'unreachable', formatPrefix(to), 'table', `${table}`),
    hasRoute: async (to, table) =>
      has('ip', to.family === 4 ? '-4' : '-6', 'route', 'show', 'table', `${table}`, formatPrefix(to), 'proto', 'boot'),
    addLink: async (name) => void run('ip', 'link', 'add', name, 'type', 'bridge'),
    hasLink: async (name) => has('ip', 'link', 'show', name),
    deleteLink: async (name) => void run('ip', 'link', 'del', name),
    takeDown: async (name) => void run('ip', 'link', 'set', name, 'down'),
    addFilterTable: async (name) => void run('nft', 'add', 'table', 'inet', name),
    hasFilterTable: async (name) => has('nft', 'list', 'table', 'inet', name),
    deleteFilterTable: async (name) => void run('nft', 'delete', 'table', 'inet', name),
    deleteRoute: async (to, table) => void run('ip', 'route', 'del', formatPrefix(to), 'table', `${table}`),
    roam: (link, peer) => roam(link, peer, run),
  }
}

async function roam(link: string, peer: PublicKey, run: (...words: string[]) => string): Promise<void> {
  try {
    const key = Buffer.from(peer, 'base64').toString('hex')
    await exchange(
      `${SOCKETS_FOLDER}/${link}.sock`,
      `set=1\npublic_key=${key}\nupdate_only=true\nendpoint=203.0.113.99:9999\n\n`,
    )
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    run('wg', 'set', link, 'peer', peer, 'endpoint', '203.0.113.99:9999') // in the kernel
  }
}

describeKernel('the kernel of Linux', makeKernel)
