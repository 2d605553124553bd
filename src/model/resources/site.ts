import type { Fabric } from './network.ts'

/** What differs in one site from what the Network says. */
export type Site = {
  readonly name: string
  readonly fabric?: Fabric
  readonly gatewaysPerSite?: number
  readonly mtu?: 'auto' | number
}
