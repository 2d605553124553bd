import type { Because } from './because.ts'

/** A kernel setting of the namespace. */
export type Sysctl = {
  readonly kind: 'sysctl'
  /** Path under /proc/sys: `net/ipv4/conf/damask0/rp_filter`. */
  readonly key: string
  readonly value: string
  readonly because: readonly Because[]
}

export const sysctl = (fields: Omit<Sysctl, 'kind'>): Sysctl => ({ kind: 'sysctl', ...fields })
export const sysctlKey = (entry: Sysctl): string => `sysctl ${entry.key}`
