// The words of a file for wg-quick(8), version 1.0.20210914 and after.
import {
  type Address,
  FAMILY_BITS,
  type Family,
  formatAddress,
  formatPrefix,
  PREFERENCE,
  type Prefix,
  TABLE,
  tryPublicKey,
} from '../model/index.ts'

export type WgQuickPeer = {
  readonly node: string
  readonly publicKey: string
  /** Ascending. */
  readonly allowedIps: readonly Prefix[]
  /** `203.0.113.1:51820`, `[2001:db8::1]:51820`, `n1.example.net:51820` */
  readonly endpoint?: string
  /** 0: off. */
  readonly keepaliveSeconds: number
}

export type WgQuickFile = {
  readonly node: string
  readonly publicKey: string
  readonly addresses: readonly Address[]
  readonly listenPort: number
  readonly mtuBytes: number
  readonly peers: readonly WgQuickPeer[]
  /** Families of which it forwards packets. */
  readonly forwards: readonly Family[]
  /** What the host itself sends here must not take the device, though peers have it. */
  readonly around: readonly Prefix[]
  /** Ranges of which nothing may take the default route. */
  readonly guards: readonly Prefix[]
}

/** After every route to the same range that somebody else made. */
const GUARD_METRIC = 9999

export function formatWgQuick(file: WgQuickFile): string {
  const hooks = [...hooksOf(file)]
  return `${[
    ...headOf(file),
    '[Interface]',
    `Address = ${file.addresses.map((address) => `${formatAddress(address)}/${FAMILY_BITS[address.family]}`).join(', ')}`,
    `ListenPort = ${file.listenPort}`,
    `MTU = ${file.mtuBytes}`,
    ...(file.around.length > 0 ? [`Table = ${TABLE}`] : []),
    ...hooks.flatMap(({ about, up }) => [...(about === undefined ? [] : [`# ${about}`]), `PostUp = ${up}`]),
    ...hooks.toReversed().flatMap(({ down }) => (down === undefined ? [] : [`PostDown = ${down}`])),
    ...file.peers.flatMap(peerLines),
  ].join('\n')}\n`
}

const headOf = ({ node, publicKey }: WgQuickFile): string[] => [
  `# ${node}: copy this to /etc/wireguard/wg0.conf there; then \`wg-quick up wg0\`. Its private key is made there once, and stays:`,
  '#   umask 077; wg genkey > /etc/wireguard/wg0.key; wg pubkey < /etc/wireguard/wg0.key',
  tryPublicKey(publicKey) === undefined
    ? `# What that prints is the public key, which stands as ${publicKey} in the files of its peers.`
    : `# It must print ${publicKey}, as its peers know it by that.`,
]

type Hook = { readonly about?: string; readonly up: string; readonly down?: string }

function* hooksOf({ peers, forwards, around, guards }: WgQuickFile): Generator<Hook> {
  yield { up: 'wg set %i private-key /etc/wireguard/%i.key' }
  // Linux begins with it when the device comes up, and where there is no key then it tries no more until somebody else sends
  // (wg_packet_send_handshake_initiation in drivers/net/wireguard/send.c).
  const kept = peers.filter(({ keepaliveSeconds }) => keepaliveSeconds !== 0)
  for (const [index, { publicKey, keepaliveSeconds }] of kept.entries()) {
    yield {
      ...(index === 0 && { about: 'PersistentKeepalive, once the key is there: before it, nothing would be sent' }),
      up: `wg set %i peer ${publicKey} persistent-keepalive ${keepaliveSeconds}`,
    }
  }
  for (const [index, family] of forwards.entries()) {
    const key = family === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding'
    yield { ...(index === 0 && { about: 'it passes on what is for others' }), up: `sysctl -q -w ${key}=1` }
  }
  for (const [index, prefix] of around.entries()) {
    const rule = `pref ${PREFERENCE.vxlan} to ${formatPrefix(prefix)} iif lo lookup main`
    yield {
      ...(index === 0 && {
        about: 'neighbours are spoken to as ever; what passes through goes by the routes of the device',
      }),
      ...ruleHook(prefix.family, rule),
    }
  }
  for (const family of new Set(around.map((prefix) => prefix.family))) {
    yield ruleHook(family, `pref ${PREFERENCE.ours} lookup ${TABLE}`)
    if (family === 4) yield { up: 'sysctl -q -w net.ipv4.conf.%i.rp_filter=2' }
  }
  for (const [index, prefix] of guards.entries()) {
    const route = `unreachable ${formatPrefix(prefix)} metric ${GUARD_METRIC}`
    const command = ip(prefix.family)
    yield {
      ...(index === 0 && { about: 'never in the clear: what nobody has does not take the default route' }),
      up: `${command} route add ${route}`,
      down: `${command} route del ${route}`,
    }
  }
}

const ruleHook = (family: Family, rule: string): Hook => ({
  up: `${ip(family)} rule add ${rule}`,
  down: `${ip(family)} rule del ${rule}`,
})

const ip = (family: Family): string => (family === 4 ? 'ip' : 'ip -6')

const peerLines = ({ node, publicKey, allowedIps, endpoint }: WgQuickPeer): string[] => [
  '',
  '[Peer]',
  `# ${node}`,
  `PublicKey = ${publicKey}`,
  `AllowedIPs = ${allowedIps.map(formatPrefix).join(', ')}`,
  ...(endpoint === undefined ? [] : [`Endpoint = ${endpoint}`]),
]
