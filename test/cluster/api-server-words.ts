// How a test cluster starts its API server: much as kubeadm does.
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatAddress, nthAddress, parsePrefix } from '../../src/model/index.ts'
import type { Authority } from './certificates.ts'
import type { ControlPlaneOptions } from './control-plane.ts'

export const serviceAccountKey = (folder: string): string => join(folder, 'service-accounts.key')

export async function apiServerWords(
  options: ControlPlaneOptions & { readonly authority: Authority; readonly etcd: string },
): Promise<string[]> {
  const { machine, folder, authority, etcd, servicePrefixes, advertise, kubeletAddressTypes } = options
  const serving = await authority.issue({ name: 'kube-apiserver', hosts: hostsOf(options) })
  const client = await authority.issue({ name: 'kube-apiserver-kubelet-client', groups: ['system:masters'] })
  const accounts = serviceAccountKey(folder)
  if (!existsSync(accounts)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    writeFileSync(accounts, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 })
  }
  return [
    `--etcd-servers=${etcd}`,
    '--bind-address=0.0.0.0',
    `--advertise-address=${(advertise === 'public' ? machine.publicAddresses : machine.privateAddresses)[0]}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged',
    `--service-cluster-ip-range=${servicePrefixes.join(',')}`,
    `--client-ca-file=${authority.certificate}`,
    `--tls-cert-file=${serving.certificate}`,
    `--tls-private-key-file=${serving.key}`,
    `--kubelet-certificate-authority=${authority.certificate}`,
    `--kubelet-client-certificate=${client.certificate}`,
    `--kubelet-client-key=${client.key}`,
    `--kubelet-preferred-address-types=${kubeletAddressTypes}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${accounts}`,
    `--service-account-signing-key-file=${accounts}`,
    ...options.apiServerArguments,
  ]
}

const NAMES = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local']

function hostsOf({ machine, servicePrefixes, certifyPublicAddress }: ControlPlaneOptions): string[] {
  return [
    ...NAMES,
    'localhost',
    machine.name,
    '127.0.0.1',
    ...machine.privateAddresses,
    ...(certifyPublicAddress ? machine.publicAddresses : []),
    ...servicePrefixes.map((prefix) => formatAddress(nthAddress(parsePrefix(prefix), 1n))),
  ]
}
