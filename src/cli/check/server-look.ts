// The API server as somebody without credentials sees it: whether it answers, and whether its certificate names the address asked.
import { isIP } from 'node:net'
import { checkServerIdentity, connect } from 'node:tls'

export type ServerLook = {
  readonly url: string
  readonly host: string
  /** The certificate names the host; `foreign`: it names others; `silent`: nothing answered. */
  readonly outcome: 'named' | 'foreign' | 'silent'
  /** Of the certificate: `203.0.113.10`, `kubernetes.default.svc`. */
  readonly names: readonly string[]
  readonly said?: string
}

const PATIENCE_MS = 8000

export function lookAtServer(url: string): Promise<ServerLook> {
  const { hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    // Who signed it is not known here; an agent checks that with the authority that its pod is given.
    const socket = connect({
      host,
      port: Number(port || 443),
      rejectUnauthorized: false,
      ...(isIP(host) === 0 && { servername: host }),
      timeout: PATIENCE_MS,
    })
    const end = (look: Pick<ServerLook, 'outcome' | 'names' | 'said'>): void => {
      socket.destroy()
      resolve({ url, host, ...look })
    }
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerCertificate()
      const names = namesOf(certificate.subjectaltname)
      const problem = checkServerIdentity(host, certificate)
      end({ outcome: problem === undefined ? 'named' : 'foreign', names })
    })
    socket.once('timeout', () => end({ outcome: 'silent', names: [], said: `no answer in ${PATIENCE_MS / 1000} s` }))
    socket.once('error', (cause: NodeJS.ErrnoException) =>
      end({ outcome: 'silent', names: [], said: cause.code ?? cause.message }),
    )
  })
}

/** `DNS:kubernetes, IP Address:203.0.113.10` */
const namesOf = (alternatives = ''): readonly string[] =>
  alternatives
    .split(', ')
    .map((one) => one.replace(/^(DNS|IP Address):/, ''))
    .filter((one) => one !== '')
