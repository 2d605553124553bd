// Small worlds of which node a1 runs alone.
import { documentText } from '../document-text.ts'

export type LoneWorld = { readonly fabric?: string; readonly isIpv4Only?: true; readonly hasTunnel?: true }

export function loneWorld({ fabric = 'direct', isIpv4Only, hasTunnel }: LoneWorld = {}): string {
  const prefixes = (ipv4: string, ipv6: string): string => (isIpv4Only ? `[${ipv4}]` : `[${ipv4}, "${ipv6}"]`)
  const network = `{ podPrefixes: ${prefixes('10.42.0.0/16', 'fd42:42::/48')}, fabric: { kind: ${fabric} } }`
  const node = (name: string, number: number, where: string): string =>
    documentText(
      'Node',
      name,
      `spec: { ${where}, podPrefixes: ${prefixes(`10.42.${number}.0/24`, `fd42:42:0:${number}::/64`)} }`,
    )
  const far = 'site: b, privateAddresses: [10.1.0.11/24], endpoint: { host: 203.0.113.21, port: 51820 }'
  const key = 'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo='
  return [
    documentText('Network', 'default', `spec: ${network}`),
    node('a1', 1, 'site: a, privateAddresses: [10.0.1.11/24], endpoint: { host: 203.0.113.11, port: 51820 }'),
    node('a2', 2, 'site: a, privateAddresses: [10.0.1.12/24]'),
    ...(hasTunnel ? [node('b1', 3, far), documentText('NodeStatus', 'b1', `status: { publicKey: ${key} }`)] : []),
  ].join('---\n')
}
