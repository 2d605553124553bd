// The peers of all files, as uses of keys.
import type { PublicKey } from '../model/index.ts'
import type { Peer } from './config.ts'
import type { Device } from './mesh.ts'
import type { Placed } from './place.ts'

export type Use = { readonly device: Device; readonly peer: Peer; readonly key: Placed<PublicKey> }
/** The machine that the rest of what the peer says is about. */
export type Meant = { readonly device: Device; readonly peer: Peer; readonly meant: Device }
export type MeantUse = Use & Meant
