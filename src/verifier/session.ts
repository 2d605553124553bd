import type { Endpoint, Entry } from '../model/index.ts'
import type { Cause } from './hop.ts'
import type { Answer } from './packet.ts'

/** Between a WireGuard device and one of its peers. */
export type Session =
  | {
      readonly kind: 'up'
      /** Where the packets go: as configured, or where the peer was heard from. */
      readonly endpoint: Endpoint
      readonly to: { readonly node: string; readonly link: string }
      /** The peer began, or both at once: what stands between lets these packets pass as answers. */
      readonly answer?: Answer
      /** The peer alone can begin. */
      readonly isOpenedByPeer: boolean
      /** It lasts only while both sides speak: state that lets them in is kept alive by nothing else. */
      readonly warning?: string
    }
  | { readonly kind: 'none'; readonly reason: string; readonly entry: Entry; readonly causes: readonly Cause[] }
