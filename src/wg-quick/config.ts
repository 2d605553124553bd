// What one wg-quick file says, each value with its place.
import type { Address, Prefix, PublicKey } from '../model/index.ts'
import type { Place, Placed } from './place.ts'

/** A file of the folder. */
export type ConfigFile = {
  /** As errors name it. */
  readonly path: string
  /** Whose it is; two files of one machine are two interfaces of it. */
  readonly machine: string
  readonly text: string
}

export type Config = {
  readonly file: ConfigFile
  /** The line `[Interface]`, or the first of a file without one. */
  readonly place: Place
  readonly privateKey?: Placed<string> | undefined
  /** None where the file names none: the kernel then takes a random one at each start. */
  readonly listenPort?: Placed<number> | undefined
  readonly mtuBytes?: Placed<number> | undefined
  /** `off`, `auto`, a number or a name of rt_tables. */
  readonly table?: Placed<string> | undefined
  readonly addresses: readonly Placed<ConfigAddress>[]
  /** Commands of the shell: PreUp, PostUp, PreDown, PostDown. Nobody here understands them. */
  readonly hooks: readonly (Placed<string> & { readonly key: string })[]
  readonly peers: readonly Peer[]
  /** Settings that stand in the file with a value that could not be read, in small letters: nobody says that they are not there. */
  readonly unread: ReadonlySet<string>
}

export type ConfigAddress = {
  readonly address: Address
  /** The network that the kernel makes a route to; of full length where the file gives no length. */
  readonly network: Prefix
}

export type Peer = {
  /** The line `[Peer]`. */
  readonly place: Place
  readonly publicKey?: Placed<PublicKey> | undefined
  readonly presharedKey?: Placed<string> | undefined
  readonly endpoint?: Placed<PeerEndpoint> | undefined
  /** 0 and none: off. */
  readonly keepaliveSeconds?: Placed<number> | undefined
  readonly allowed: readonly Placed<AllowedPrefix>[]
  /** As in Config. */
  readonly unread: ReadonlySet<string>
}

export type AllowedPrefix = {
  readonly prefix: Prefix
  /** `-10.0.0.0/8`: taken away again, as newer versions of `wg` read it. */
  readonly isRemoved: boolean
}

export type PeerEndpoint = {
  /** As written, without brackets. */
  readonly host: string
  /** Left out where the host is a name. */
  readonly address?: Address | undefined
  readonly port: number
}

/** wg-quick makes routes to all allowed IPs; with another Table somebody else does, and nobody here knows which. */
export const makesRoutes = ({ table }: Config): boolean => table === undefined || table.value === 'auto'
