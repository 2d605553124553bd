// Flannel's backends (pkg/backend) and what Damask has in their place.
import type { Fields } from './folded-fields.ts'

/** What a backend says of the Network's spec. */
export type BackendSpec = {
  readonly sites: { readonly by: 'field' | 'node' }
  readonly fabric?: { readonly kind: string; readonly encapsulate?: string; readonly port?: number }
  readonly tunnel?: { readonly kind: 'wireguard'; readonly port: number }
  /** Bytes of the largest packet of a pod, where the backend names a size. */
  readonly mtu?: number
}

export type Backend = {
  /** Keys beside Type. */
  readonly options: readonly string[]
  readonly translate: (options: Fields) => BackendSpec
}

const MOST_PORT = 65_535
const MOST_BYTES = 65_535
const MOST_INT = 2 ** 31 - 1
/** Where flannel has no option either: it is the whole of the backend that needs a word. */
const TYPE = 'Type'

const ONE_SITE = { sites: { by: 'field' } } as const
const FULL_MESH = { sites: { by: 'node' } } as const

/** By the names of Type, in lower case. */
export const BACKENDS: Readonly<Record<string, Backend>> = {
  vxlan: {
    options: ['VNI', 'Port', 'MTU', 'GBP', 'Learning', 'DirectRouting', 'MacPrefix', 'Name'],
    translate(options) {
      const vni = options.number('VNI', 2 ** 24 - 1)
      if (vni !== undefined && vni !== 1)
        options.warn('VNI', 'Damask always takes 218; if two networks share machines, give them different ports')
      if (options.flag('GBP'))
        options.warn('GBP', 'Damask carries no group policy marks; the plugin that reads them gets none')
      if (options.flag('Learning'))
        options.warn('Learning', 'Damask writes all forwarding entries itself, and its device never learns')
      for (const name of ['MacPrefix', 'Name'])
        if (options.text(name) !== undefined) options.warn(name, 'this is for Windows, on which Damask does not run')
      const port = options.number('Port', MOST_PORT) || undefined
      return {
        ...ONE_SITE,
        fabric: { kind: 'vxlan', ...encapsulation(options), ...(port !== undefined && { port }) },
        ...innerMtu(options, 50),
      }
    },
  },
  'host-gw': { options: [], translate: () => ({ ...ONE_SITE, fabric: { kind: 'direct' } }) },
  ipip: {
    options: ['DirectRouting'],
    translate: (options) => ({ ...ONE_SITE, fabric: { kind: 'ipip', ...encapsulation(options) } }),
  },
  wireguard: {
    options: ['PSK', 'ListenPort', 'ListenPortV6', 'MTU', 'Mode', 'PersistentKeepaliveInterval'],
    translate(options) {
      if (options.text('PSK')) options.warn('PSK', NO_PSK)
      const port = options.number('ListenPort', MOST_PORT) || undefined
      if (options.number('ListenPortV6', MOST_PORT))
        options.warn(
          'ListenPortV6',
          `Damask has one device for both families; let UDP ${port ?? 51820} in, and no other`,
        )
      const mode = options.text('Mode')
      if (mode !== undefined && !MODES.includes(mode)) {
        options.refuse('Mode', `flannel knows no "${mode}"; it is one of ${MODES.filter(Boolean).join(', ')}`)
      } else if (mode === 'ipv4' || mode === 'ipv6') {
        options.warn(
          'Mode',
          `a tunnel takes the family of the far end's address: write the ${mode === 'ipv4' ? 'IPv4' : 'IPv6'} one as spec.endpoint of each Node`,
        )
      }
      if (options.number('PersistentKeepaliveInterval', MOST_PORT))
        options.warn(
          'PersistentKeepaliveInterval',
          'Damask keeps tunnels alive by itself, every 25 s where an end has no spec.endpoint',
        )
      return {
        ...FULL_MESH,
        ...(port !== undefined && { tunnel: { kind: 'wireguard', port } }),
        ...innerMtu(options, 80),
      }
    },
  },
  udp: {
    options: ['Port'],
    translate(options) {
      options.number('Port', MOST_PORT)
      options.warn(
        TYPE,
        'Damask carries no packets in user space; vxlan stands here, which is UDP too: let UDP 8472 in, in place of 8285',
      )
      return { ...ONE_SITE, fabric: { kind: 'vxlan' } }
    },
  },
  ipsec: {
    options: ['PSK', 'UDPEncap', 'ESPProposal'],
    translate(options) {
      const psk = options.text('PSK')
      if (psk === undefined || psk.length < LEAST_PSK)
        options.refuse('PSK', `flannel wants ${LEAST_PSK} characters at least, and finds ${psk?.length ?? 0}`)
      else options.warn('PSK', NO_PSK)
      options.flag('UDPEncap')
      if (options.text('ESPProposal') !== undefined)
        options.warn('ESPProposal', 'WireGuard has one set of ciphers, and nothing to choose')
      options.warn(TYPE, 'Damask encrypts by WireGuard: let UDP 51820 in, in place of ESP and UDP 500 and 4500')
      return FULL_MESH
    },
  },
  extension: {
    options: [
      ...['PreStartupCommand', 'PostStartupCommand', 'SubnetAddCommand', 'SubnetRemoveCommand'],
      'ShutdownCommand',
    ],
    translate(options) {
      for (const name of this.options)
        if (options.text(name))
          options.warn(name, 'Damask runs no commands of others; what it does has to be done in another way')
      options.warn(
        TYPE,
        'a WireGuard tunnel between any two nodes stands here; where the commands led packets over something else, leave that out',
      )
      return FULL_MESH
    },
  },
  alloc: {
    options: [],
    translate(options) {
      options.warn(
        TYPE,
        'flannel carries nothing with this, so Damask carries nothing inside a site either: fabric none',
      )
      return { ...ONE_SITE, fabric: { kind: 'none' } }
    },
  },
  'tencent-vpc': {
    options: ['AccessKeyID', 'AccessKeySecret'],
    translate(options) {
      for (const name of ['AccessKeyID', 'AccessKeySecret'])
        if (options.text(name))
          options.warn(name, 'Damask asks no cloud for anything: withdraw this key once flannel is gone')
      options.warn(
        TYPE,
        "vxlan stands here, which needs no route in the cloud's table; take out those that flannel made",
      )
      return { ...ONE_SITE, fabric: { kind: 'vxlan' } }
    },
  },
}

/** What people write for a backend, and flannel does not know (any more). */
export const FORMER_BACKENDS: Readonly<Record<string, string>> = {
  'wireguard-native': "that is k3s's name for flannel's wireguard",
  tailscale: "that is k3s's name for flannel's extension with commands of Tailscale",
  'ali-vpc': 'flannel has it no more',
  'aws-vpc': 'flannel has it no more',
  gce: 'flannel has it no more',
}

const NO_PSK =
  'Damask has no preshared keys: each pair of nodes agrees on keys of its own. Withdraw it once flannel is gone, and keep it out of copies of this file'
const LEAST_PSK = 96
const MODES = ['', 'separate', 'auto', 'ipv4', 'ipv6']

const encapsulation = (options: Fields) => (options.flag('DirectRouting') ? { encapsulate: 'cross-subnet' } : {})

/** Flannel's MTU is that of the network outside. */
function innerMtu(options: Fields, overheadBytes: number): { readonly mtu?: number } {
  const outer = options.number('MTU', MOST_INT) || undefined
  if (outer === undefined) return {}
  const mtu = outer - overheadBytes
  if (mtu >= 576 && mtu <= MOST_BYTES) return { mtu }
  options.warn('MTU', `it leaves ${mtu} bytes to a pod, where Damask takes 576 to ${MOST_BYTES}; left to be found out`)
  return {}
}
