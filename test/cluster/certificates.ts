// The certificate authority of a test cluster, by openssl: Node makes keys but signs no certificates.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.ts'

export type Identity = { readonly certificate: string; readonly key: string }

export type Subject = {
  /** The user's name for Kubernetes. */
  readonly name: string
  readonly groups?: readonly string[]
  /** Names and addresses under which it serves. */
  readonly hosts?: readonly string[]
}

export type Authority = Identity & {
  /** Paths of PEM files; the same where it is asked twice for a name. */
  issue(subject: Subject): Promise<Identity>
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30']
// Without one openssl reads the machine's, which makes an authority of everybody.
const CONFIGURATION = '[req]\ndistinguished_name = subject\n[subject]\n'

export async function makeAuthority(folder: string): Promise<Authority> {
  mkdirSync(folder, { recursive: true })
  const configuration = join(folder, 'openssl.cnf')
  writeFileSync(configuration, CONFIGURATION)
  const request = (name: string, subject: string, words: readonly string[]): Promise<string> => {
    const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)]
    return run(['openssl', 'req', '-x509', '-config', configuration, ...NEW_KEY, '-subj', subject, ...words, ...files])
  }
  const own = identity(folder, 'ca')
  await request('ca', '/CN=damask-test-cluster', [
    ...extension('basicConstraints=critical,CA:TRUE'),
    ...extension('keyUsage=critical,digitalSignature,keyCertSign,cRLSign'),
    ...extension('subjectKeyIdentifier=hash'),
  ])
  const make = async (file: string, { name, groups = [], hosts = [] }: Subject): Promise<Identity> => {
    const subject = [...groups.map((group) => `/O=${group}`), `/CN=${name}`].join('')
    const names = hosts.map((host) => (/^[\d.]+$|:/.test(host) ? `IP:${host}` : `DNS:${host}`)).join(',')
    await request(file, subject, [
      ...['-CA', own.certificate, '-CAkey', own.key],
      ...extension('basicConstraints=critical,CA:FALSE'),
      ...extension('keyUsage=critical,digitalSignature'),
      ...extension(`extendedKeyUsage=clientAuth${names && ',serverAuth'}`),
      ...extension('authorityKeyIdentifier=keyid'),
      ...(names ? extension(`subjectAltName=${names}`) : []),
    ])
    return identity(folder, file)
  }
  // Nodes that start at once ask for the same: of two that write it together, one would have the key of the other.
  const issued = new Map<string, Promise<Identity>>()
  return {
    ...own,
    issue(subject) {
      const { name, groups = [], hosts = [] } = subject
      const file = [name, ...groups].join('+').replaceAll(/[^\w.+-]/g, '_') + (hosts.length > 0 ? '-serving' : '')
      const made = issued.get(file) ?? make(file, subject)
      issued.set(file, made)
      return made
    },
  }
}

const identity = (folder: string, name: string): Identity => ({
  certificate: join(folder, `${name}.crt`),
  key: join(folder, `${name}.key`),
})

const extension = (text: string): string[] => ['-addext', text]
