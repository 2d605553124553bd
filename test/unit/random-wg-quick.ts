// Random meshes as people write them into wg-quick files, correct ones; and single mistakes in them.
import fc from 'fast-check'
import { publicKeyOf } from '../../src/linux/index.ts'
import type { PublicKey } from '../../src/model/index.ts'
import type { ConfigFile } from '../../src/wg-quick/index.ts'

export type WrittenPeer = {
  of: string
  key: string
  allowed: string[]
  endpoint?: string
  keepalive?: number
  presharedKey?: string
}
export type WrittenMachine = {
  name: string
  privateKey: string
  addresses: string[]
  listenPort?: number
  mtu?: number
  peers: WrittenPeer[]
}
export type WrittenMesh = { readonly machines: WrittenMachine[]; readonly style: Style }

/** How the same is written: one line a prefix, or all in one; case of keys; comments. */
type Style = { readonly isOneLine: boolean; readonly isLowerCase: boolean; readonly hasComments: boolean }

export const privateKeyOf = (number: number): string => {
  const bytes = Buffer.alloc(32, number)
  bytes[0] = 8 * (number % 31)
  bytes[31] = 64
  return bytes.toString('base64')
}

const publicKeys = new Map<string, PublicKey>()

/** As the door's, which takes its time where thousands of meshes are made. */
export function keptPublicKeyOf(privateKey: string): PublicKey {
  const key = publicKeys.get(privateKey) ?? publicKeyOf(privateKey)
  publicKeys.set(privateKey, key)
  return key
}

/** Lines of what is written, by names such as `peer b allowed`. */
export type WrittenFile = { readonly file: ConfigFile; readonly lineOf: ReadonlyMap<string, number> }

export function writeFile(machine: WrittenMachine, style: Style): WrittenFile {
  const lines: string[] = []
  const lineOf = new Map<string, number>()
  const write = (name: string, text: string): void => {
    lines.push(style.isLowerCase ? text.replace(/^(\w+) =/, (_, key: string) => `${key.toLowerCase()}=`) : text)
    lineOf.set(name, lines.length)
  }
  const comment = (text: string): void => {
    if (style.hasComments) lines.push(`# ${text}`, '')
  }
  comment(machine.name)
  write('interface', '[Interface]')
  write('private', `PrivateKey = ${machine.privateKey}`)
  write('address', `Address = ${machine.addresses.join(', ')}`)
  if (machine.listenPort !== undefined) write('listen', `ListenPort = ${machine.listenPort}`)
  if (machine.mtu !== undefined) write('mtu', `MTU = ${machine.mtu}`)
  for (const peer of machine.peers) {
    comment(peer.of)
    write(`peer ${peer.of}`, '[Peer]')
    write(`peer ${peer.of} key`, `PublicKey = ${peer.key}`)
    const texts = style.isOneLine ? [peer.allowed.join(', ')].filter(Boolean) : peer.allowed
    for (const text of texts) write(`peer ${peer.of} allowed`, `AllowedIPs = ${text}`)
    if (peer.endpoint !== undefined) write(`peer ${peer.of} endpoint`, `Endpoint = ${peer.endpoint}`)
    if (peer.keepalive !== undefined) write(`peer ${peer.of} keepalive`, `PersistentKeepalive = ${peer.keepalive}`)
    if (peer.presharedKey !== undefined) write(`peer ${peer.of} preshared`, `PresharedKey = ${peer.presharedKey}`)
  }
  const { name } = machine
  return { file: { path: `${name}.conf`, machine: name, text: `${lines.join('\n')}\n` }, lineOf }
}

type Plan = {
  readonly shape: 'mesh' | 'mesh-with-laptops' | 'hub' | 'two-hubs'
  readonly count: number
  readonly families: 'v4' | 'v6' | 'both'
  readonly hasPresharedKeys: boolean
  readonly mtu: number | undefined
  readonly style: Style
}

const plans: fc.Arbitrary<Plan> = fc.record({
  shape: fc.constantFrom('mesh', 'mesh-with-laptops', 'hub', 'two-hubs'),
  count: fc.integer({ min: 4, max: 7 }),
  families: fc.constantFrom('v4', 'v6', 'both'),
  hasPresharedKeys: fc.boolean(),
  mtu: fc.constantFrom(undefined, 1280, 1420),
  style: fc.record({ isOneLine: fc.boolean(), isLowerCase: fc.boolean(), hasComments: fc.boolean() }),
})

export const writtenMeshes: fc.Arbitrary<WrittenMesh> = plans.map(writeMesh)

function writeMesh({ shape, count, families, hasPresharedKeys, mtu, style }: Plan): WrittenMesh {
  const isV4 = families !== 'v6'
  const isV6 = families !== 'v4'
  const hosts = (index: number, site: number): string[] => [
    ...(isV4 ? [`10.0.${site}.${index + 1}`] : []),
    ...(isV6 ? [`fd00:${site}::${index + 1}`] : []),
  ]
  const whole = (text: string): string => (text.includes(':') ? `${text}/128` : `${text}/32`)
  const siteOf = (index: number): number => (shape === 'two-hubs' ? (index % 2) + 1 : 1)
  const isServer = (index: number): boolean =>
    shape === 'mesh' || (shape === 'mesh-with-laptops' ? index < count - 2 : shape === 'hub' ? index === 0 : index < 2)
  const machines = Array.from(
    { length: count },
    (_, index): WrittenMachine => ({
      name: `m${index}`,
      privateKey: privateKeyOf(index + 1),
      addresses: hosts(index, siteOf(index)).map((host) => (host.includes(':') ? `${host}/64` : `${host}/24`)),
      ...(isServer(index) && { listenPort: 51820 + index }),
      ...(mtu !== undefined && { mtu }),
      peers: [],
    }),
  )
  const sites = (site: number | '*'): string[] => [
    ...(isV4 ? [site === '*' ? '10.0.0.0/16' : `10.0.${site}.0/24`] : []),
    ...(isV6 ? [site === '*' ? 'fd00::/16' : `fd00:${site}::/64`] : []),
  ]
  const join = (from: number, to: number, allowed: string[]): void => {
    const far = machines[to]
    if (far === undefined) return
    machines[from]?.peers.push({
      of: far.name,
      key: keptPublicKeyOf(far.privateKey),
      allowed,
      ...(isServer(to) && {
        endpoint: to % 3 === 2 ? `[2001:db8::${to}]:${51820 + to}` : `203.0.113.${to}:${51820 + to}`,
      }),
      ...(!isServer(from) && { keepalive: 25 }),
      ...(hasPresharedKeys && { presharedKey: privateKeyOf(100 + 10 * Math.min(from, to) + Math.max(from, to)) }),
    })
  }
  for (let from = 0; from < count; from++)
    for (let to = 0; to < count; to++) {
      if (from === to) continue
      const alone = hosts(to, siteOf(to)).map(whole)
      if (shape === 'mesh' || (shape === 'mesh-with-laptops' && (isServer(from) || isServer(to)))) join(from, to, alone)
      if (shape === 'hub' && (from === 0 || to === 0)) join(from, to, to === 0 ? sites(1) : alone)
      if (shape === 'two-hubs') {
        if (from < 2 && to < 2) join(from, to, sites(siteOf(to)))
        else if (from < 2 && siteOf(from) === siteOf(to)) join(from, to, alone)
        else if (to < 2 && siteOf(from) === siteOf(to)) join(from, to, sites('*'))
      }
    }
  return { machines, style }
}
