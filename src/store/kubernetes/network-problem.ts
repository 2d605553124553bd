// Why a server did not answer, as a sentence.

/** What could not be asked of which server: `GET /api/v1/nodes`. */
export type Asked = { readonly server: string; readonly request: string }

/** `isStale`: it went over a connection that is no more; over another there may be an answer. */
export type NetworkProblem = Error & { readonly isStale: boolean }

export const networkProblem = ({ server, request }: Asked, what: string): NetworkProblem =>
  Object.assign(new Error(`the API server ${server} does not answer ${request}: ${what}`), { isStale: false })

export const staleConnection = (server: string, why: string): NetworkProblem =>
  Object.assign(new Error(`the connection to the API server ${server} was ${why}`), { isStale: true })

export const isNetworkProblem = (cause: unknown): cause is NetworkProblem =>
  cause instanceof Error && 'isStale' in cause

/** What the system said of a connection. */
export function explainNetwork(asked: Asked, cause: unknown, isReused = false): NetworkProblem {
  if (isNetworkProblem(cause)) return cause
  const isStale = isReused && codeOf(cause) === 'ECONNRESET'
  return Object.assign(networkProblem(asked, explain(cause)), { cause, isStale })
}

const codeOf = (cause: unknown): unknown => (cause instanceof Error && 'code' in cause ? cause.code : undefined)

const CERTIFICATE_CODES: ReadonlySet<unknown> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

function explain(cause: unknown): string {
  const said = cause instanceof Error ? cause.message : String(cause)
  // Of a name with several addresses.
  if (cause instanceof AggregateError && said === '') return cause.errors.map((each) => explain(each)).join('; ')
  return CERTIFICATE_CODES.has(codeOf(cause))
    ? `${said}; its certificate is not from the authority that the configuration names`
    : said
}
