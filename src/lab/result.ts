// What a run of a lab found, as the contract of `damask lab run -o json` has it.
import type { Failed } from './probe-end.ts'

export type LabResult = {
  readonly ok: boolean
  /** That were tried. */
  readonly pairs: number
  readonly failed: readonly Failed[]
  readonly clearTextPackets: number
  readonly internetBytes: number
  /** By `from>to`; what stayed inside a cloud is not here. */
  readonly internetBytesByClouds: Readonly<Record<string, number>>
  readonly internetBytesIfAllPublic: number
  /** Left out where no agent lived to say it. */
  readonly wireguard?: 'kernel' | 'wireguard-go'
  readonly seconds: { readonly up: number; readonly converged: number; readonly down: number }
  /** What went wrong beside the pairs: the lab did not come up, a node was not ready, nothing could be tried. */
  readonly error?: string
}
