// What the API server says when it refuses, as an error.
import type { ApiFailure } from './kubernetes-api.ts'

export const apiFailure = (status: number, reason: string, message: string): ApiFailure =>
  Object.assign(new Error(message), { status, reason })

export const isApiFailure = (cause: unknown): cause is ApiFailure =>
  cause instanceof Error &&
  'status' in cause &&
  typeof cause.status === 'number' &&
  'reason' in cause &&
  typeof cause.reason === 'string'

/** What was heard is too old to go on from: etcd was compacted meanwhile, or a page of a list took too long. */
export const isExpired = (cause: unknown): boolean =>
  isApiFailure(cause) && (cause.status === 410 || cause.reason === 'Expired' || cause.reason === 'Gone')

type Status = { readonly kind: 'Status'; readonly code?: number; readonly reason?: string; readonly message?: string }

/** `request` is what was asked, as in `GET /api/v1/nodes`. */
export function failureOf(server: string, request: string, code: number, body: string): ApiFailure {
  const status = tryStatus(body)
  const said = status?.message ?? (body.trim().slice(0, 200) || 'nothing more')
  return apiFailure(code, status?.reason ?? '', `the API server ${server} refuses ${request}: HTTP ${code}, ${said}`)
}

export function tryStatus(body: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return isStatus(value) ? value : undefined
  } catch {
    return undefined
  }
}

export const isStatus = (value: unknown): value is Status =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status'
