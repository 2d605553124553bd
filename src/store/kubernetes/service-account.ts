// The credentials that a pod finds in its own files. The kubelet renews the token before it ends (an hour by default), and the
// authority's certificate when it changes: both are read again for each request.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Credentials } from './credentials.ts'

export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

export const serviceAccountCredentials = (server: string, folder: string): Credentials => ({
  server,
  async read() {
    const [token, ca] = await Promise.all([readIn(folder, 'token'), readIn(folder, 'ca.crt')])
    return { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } }
  },
  forget() {},
})

async function readIn(folder: string, name: string): Promise<string> {
  const path = join(folder, name)
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `cannot read ${path}, with which a pod shows the API server who it is: ${said}; does its service account mount a token?`,
      { cause },
    )
  }
}
