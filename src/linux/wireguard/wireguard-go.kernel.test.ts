// The life of the processes behind devices: started, deleted, killed, outliving whoever started them.
import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Change, wireguardDevice } from '../../model/index.ts'
import { openTestPlace, socketPath, type TestPlace, tryPid, wireguardGosHere } from './test-place.ts'
import { openWireguard, type Wireguard } from './wireguard-store.ts'

let place: TestPlace
let wireguard: Wireguard
let link: string
let other: string

const device = () =>
  wireguardDevice({ link, publicKey: place.keys[0].publicKey, listenPort: 51820, mark: 0x1000, because: [] })
const create = (entry: Change['entry']): Change => ({ op: 'create', entry })
const observed = async () => (await wireguard.observe([link, other])).entries

describe.each(wireguardGosHere())('$name', (tried) => {
  beforeEach(() => {
    place = openTestPlace(tried)
    wireguard = place.wireguard
    ;[link, other] = place.links
  })
  afterEach(() => place.close())

  test('a device is made in its namespace, and answers at once', async () => {
    expect(wireguard.implementation()).toBe('wireguard-go')
    expect((await wireguard.observe([link])).entries).toEqual([])
    const start = performance.now()
    await wireguard.createLink(link, 1420)
    const milliseconds = performance.now() - start
    expect(place.rtnetlink.findLink(link)?.kind).toBe('tun')
    expect(await wireguard.observe([link])).toEqual({ entries: [], activity: [] })
    expect(milliseconds).toBeLessThan(20_000) // about 6 on a quiet machine
  })

  test('a device that somebody deleted is made anew at once, again and again', async () => {
    for (let round = 0; round < 5; round++) {
      await wireguard.createLink(link, 1420)
      await wireguard.apply([create(device())])
      await place.rtnetlink.deleteLinkAsync(link) // its process is still ending when the next is started
    }
    await wireguard.createLink(link, 1420)
    await new Promise((resolve) => setTimeout(resolve, 100)) // time for a late one to remove the socket of that name
    expect(await wireguard.apply([create(device())])).toEqual([])
    expect(await observed()).toEqual([device()])
  })

  test('a device whose wireguard-go was killed is gone, and is made anew over the socket that was left behind', async () => {
    await wireguard.createLink(link, 1420)
    const pid = tryPid(link)
    if (pid === undefined) throw new Error('there is no wireguard-go')
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => place.rtnetlink.findLink(link), { interval: 5 }).toBeUndefined()
    expect(existsSync(socketPath(link))).toBe(true)
    expect(await observed()).toEqual([])
    await wireguard.createLink(link, 1420)
    expect(place.rtnetlink.findLink(link)?.kind).toBe('tun')
  })

  test('a device of that name which lives is not taken away by making it again', async () => {
    await wireguard.createLink(link, 1420)
    await wireguard.apply([create(device())])
    await expect(wireguard.createLink(link, 1420)).rejects.toThrow(/another one answers at .*; delete its device/)
    expect(await observed()).toEqual([device()])
  })

  test('where wireguard-go cannot start, the error says so and nothing is left', async () => {
    place.rtnetlink.addBridge({ name: link })
    await expect(wireguard.createLink(link, 1420)).rejects.toThrow(
      /^cannot start \S+ for \w+: EIO - it ended at once \(exit code 1\): Failed to create TUN device: \w.*; it needs .* and a name that no other device has$/,
    )
    expect(existsSync(socketPath(link))).toBe(false)
    const without = openWireguard({
      implementation: 'wireguard-go',
      namespace: place.namespace,
      privateKeys: new Map(),
      programFolders: ['/nonexistent'],
    })
    await expect(without.createLink(other, 1420)).rejects.toThrow(
      /wireguard-go not found.* install the package wireguard-go/,
    )
    without.close()
  })

  test('what wireguard-go said at its end is in the error, where there is no /dev/net/tun', async () => {
    const program = `
    const { openNamespace } = await import('${new URL('../namespace.ts', import.meta.url)}')
    const { openWireguard } = await import('${new URL('./wireguard-store.ts', import.meta.url)}')
    const namespace = openNamespace('${place.name}')
    const { createLink } = openWireguard({ namespace, privateKeys: new Map(), ...${JSON.stringify(tried)} })
    const busy = setInterval(() => {}, 1000)
    console.log(await createLink('${link}', 1420).catch((error) => error.message))
    clearInterval(busy)`
    const hide = 'mount -t tmpfs none /dev/net && exec "$@"'
    const node = [process.execPath, '--input-type=module', '-e', program]
    const said = execFileSync('unshare', ['--mount', 'sh', '-c', hide, 'sh', ...node], { encoding: 'utf8' })
    expect(said.trim()).toMatch(
      /^cannot start \S+ for \w+: EIO - it ended at once \(exit code 1\): Failed to create TUN device: \w.*; it needs \/dev\/net\/tun \(modprobe tun; a container has to be given that device\) and a name that no other device has$/,
    )
    expect(existsSync(socketPath(link))).toBe(false)
  })

  test('a device outlives the process that made it, and holds nothing of it open', async () => {
    const program = `
      const { openNamespace } = await import('${new URL('../namespace.ts', import.meta.url)}')
      const { openNftables } = await import('${new URL('../nftables/libnftables.ts', import.meta.url)}')
      const { openWireguard } = await import('${new URL('./wireguard-store.ts', import.meta.url)}')
      const namespace = openNamespace('${place.name}')
      await openNftables(namespace).run('add table inet x')
      const options = { namespace, privateKeys: new Map(), ...${JSON.stringify(tried)} }
      await openWireguard(options).createLink('${link}', 1420)
      process.kill(process.pid, 'SIGKILL')`
    const maker = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const signal = await new Promise((resolve) => maker.once('exit', (_, signal) => resolve(signal)))
    expect(signal).toBe('SIGKILL')
    const pid = tryPid(link)
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean).sort()).toEqual([
      'LOG_LEVEL=error',
      'WG_PROCESS_FOREGROUND=1',
      'WG_UAPI_FD=3',
    ])
    const words = '/memfd:damask-words (deleted)'
    expect(['0', '1', '2'].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))).toEqual(['/dev/null', words, words])
    expect(() => appendFileSync(`/proc/${pid}/fd/1`, 'x')).toThrow('EPERM')
    expect([...new Set(netlinkFamilies(pid))]).toEqual(['NETLINK_ROUTE'])
    expect(await wireguard.apply([create(device())])).toEqual([])
  })
})

/** Protocols of the netlink sockets that a process holds: wireguard-go itself has some of NETLINK_ROUTE. */
function netlinkFamilies(pid: number | undefined): string[] {
  const inodes = readdirSync(`/proc/${pid}/fd`).map(
    (fd) => /^socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1],
  )
  return readFileSync(`/proc/${pid}/net/netlink`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => inodes.includes(fields.at(-1)))
    .map((fields) => (fields[1] === '0' ? 'NETLINK_ROUTE' : `netlink ${fields[1]}`))
}
