// Where an agent serves its metrics, as people and pods write it.
import { InvalidArgumentError } from 'commander'
import type { MetricsAddress } from '../agent/index.ts'
import { tryAddress } from '../model/index.ts'

/**
 * `127.0.0.1:9218`, `[fd00::1]:9218`, `:9218` (all addresses); and `fd00::1:9218`, as Kubernetes puts an address before a port without
 * brackets: what stands behind the last colon is the port.
 */
export function parseMetricsAddress(text: string): MetricsAddress {
  const [, written = '', digits = ''] = /^(.*):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  const host = /^\[.*\]$/.test(written) ? written.slice(1, -1) : written
  if (digits === '' || port === 0 || port > 65_535 || (host !== '' && tryAddress(host) === undefined))
    throw new InvalidArgumentError('write an address and a port, as 127.0.0.1:9218, or :9218 for all addresses.')
  return { ...(host !== '' && { host }), port }
}
