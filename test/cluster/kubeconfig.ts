// A kubeconfig with everything in it: no other file is needed to use it. JSON, which is YAML too.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Authority, Identity } from './certificates.ts'

export function writeKubeconfig(file: string, server: string, authority: Authority, user: Identity): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64(authority.certificate) } }],
    users: [
      {
        name: 'test',
        user: { 'client-certificate-data': base64(user.certificate), 'client-key-data': base64(user.key) },
      },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  }
  // Whoever else has it already may be reading.
  writeFileSync(`${file}.new`, JSON.stringify(config, undefined, 1), { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return file
}

const base64 = (file: string): string => readFileSync(file).toString('base64')
