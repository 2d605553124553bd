// How a client shows the API server who it is, and knows that it is the right server.
import type { Agent } from 'node:http'

export type TlsSettings = {
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly passphrase?: string
  /** The name that the server's certificate must hold; left out: that of the address. */
  readonly servername?: string
  readonly rejectUnauthorized?: boolean
}

export type Access = {
  readonly headers: Readonly<Record<string, string>>
  readonly tls: TlsSettings
  /** Where requests go through a proxy. */
  readonly agent?: Agent
}

export type Credentials = {
  /** `https://HOST:PORT`, maybe with a path that stands before all others. */
  readonly server: string
  /** Asked before each request: files and tokens rotate. */
  readonly read: () => Promise<Access>
  /** The server took the last ones for nobody's (401): nothing that was kept of them counts any more. */
  readonly forget: () => void
}

/** Nobody's: through `kubectl proxy`, which shows its own. */
export const noCredentials = (server: string): Credentials => ({
  server,
  read: async () => ({ headers: {}, tls: {} }),
  forget() {},
})
