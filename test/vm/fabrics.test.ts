// Each fabric, with everything inside it, and only what crosses to another subnet: two subnets of one cloud, and a machine elsewhere.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openGuest } from './guest.ts'
import { runLab } from './lab-in-guest.ts'
import type { Guest } from './machine.ts'
import { everyOther, onKernels } from './matrix.ts'

type Families = 'IPv4 and IPv6' | 'IPv4' | 'IPv6'
const PODS: Readonly<Record<Families, readonly [string, string]>> = {
  'IPv4 and IPv6': ['10.42.N.0/24', 'fd42:42:0:N::/64'],
  IPv4: ['10.42.N.0/24', ''],
  IPv6: ['', 'fd42:42:0:N::/64'],
}
const NETWORK: Readonly<Record<Families, string>> = {
  'IPv4 and IPv6': '10.42.0.0/16, "fd42:42::/48"',
  IPv4: '10.42.0.0/16',
  IPv6: '"fd42:42::/48"',
}

function world(fabric: string, families: Families): string {
  const prefixesOf = (number: number): string =>
    PODS[families]
      .filter(Boolean)
      .map((prefix) => JSON.stringify(prefix.replace('N', `${number}`)))
      .join(', ')
  const node = (name: string, number: number, spec: string): string => `
---
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: ${name} }
spec: { ${spec}, podPrefixes: [${prefixesOf(number)}] }`
  return `
apiVersion: damask.dev/v1alpha1
kind: Network
metadata: { name: default }
spec: { podPrefixes: [${NETWORK[families]}], fabric: ${fabric} }${node(
    'a1',
    1,
    'site: a, privateAddresses: [10.0.1.11/24], endpoint: { host: 203.0.113.11, port: 51820 }',
  )}${node('a2', 2, 'site: a, privateAddresses: [10.0.1.12/24]')}${node(
    'a3',
    3,
    'site: a, privateAddresses: [10.0.2.13/24]',
  )}${node('b1', 4, 'site: b, privateAddresses: [10.1.0.11/24], endpoint: { host: 203.0.113.21, port: 51820 }')}
---
apiVersion: damask.dev/v1alpha1
kind: Lab
metadata: { name: fabric }
spec:
  clouds:
    - { name: a, nat: one-to-one, sourceCheck: false, allow: [{ protocol: udp, port: 51820 }] }
    - { name: b, nat: one-to-one, sourceCheck: false, allow: [{ protocol: udp, port: 51820 }] }
`
}

// IPIP is IPv4 in IPv4.
const CASES: readonly { readonly fabric: string; readonly families: Families }[] = [
  { fabric: '{ kind: vxlan, encapsulate: always }', families: 'IPv6' },
  { fabric: '{ kind: vxlan, encapsulate: cross-subnet }', families: 'IPv4 and IPv6' },
  { fabric: '{ kind: ipip, encapsulate: always }', families: 'IPv4' },
  { fabric: '{ kind: ipip, encapsulate: cross-subnet }', families: 'IPv4' },
  { fabric: '{ kind: wireguard, encapsulate: always }', families: 'IPv4 and IPv6' },
  { fabric: '{ kind: wireguard, encapsulate: cross-subnet }', families: 'IPv6' },
]

describe.each(onKernels(CASES, everyOther))('on the $kernel kernel a site of two subnets', ({ kernel, cases }) => {
  let guest: Guest
  beforeAll(async () => {
    guest = await openGuest({ kernel })
  })
  afterAll(() => guest.close())

  it.each(cases)('with the fabric $fabric carries every pair of $families', async ({ fabric, families }) => {
    const { result, complaints } = await runLab(guest, world(fabric, families))
    const count = families === 'IPv4 and IPv6' ? 2 : 1
    expect(result, complaints).toMatchObject({ ok: true, pairs: 4 * 3 * count, failed: [], wireguard: 'kernel' })
  })
})
