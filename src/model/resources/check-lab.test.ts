import { expect, test } from 'vitest'
import { checkWorld } from './check-world.ts'
import { readResource } from './read-resource.ts'
import type { Resource } from './resource.ts'

const read = (kind: string, name: string, spec: object): Resource => {
  const result = readResource({ apiVersion: 'damask.dev/v1alpha1', kind, metadata: { name }, spec })
  if (result.kind === 'broken') throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result.resource
}

test('a cloud that cannot be is said with its field and the reason', () => {
  const lab = read('Lab', 'l', {
    clouds: [
      { name: 's', nat: 'none', mtu: 1400, ipv6Mtu: 1480, natTimeout: 30 },
      { name: 't', nat: 'one-to-one', ipv6Mtu: 1200 },
      { name: 'u', nat: 'masquerade', ipv6Mtu: 1280, natTimeout: 30 },
    ],
    hosts: { 'n.example.net': [] },
  })
  const world = [
    read('Network', 'default', {}),
    read('Node', 'n', { site: 's', privateAddresses: ['10.0.0.1/24'] }),
    lab,
  ]
  expect(checkWorld(world, []).problems.map(({ message }) => message)).toEqual([
    "spec.clouds[0].ipv6Mtu: 1480 is more than what the cloud's wires carry (mtu: 1400)",
    'spec.clouds[0].natTimeout: 30 is of no use where nothing is translated (nat: none); leave it out',
    'spec.clouds[1].ipv6Mtu: 1200 is less than the 1280 bytes that IPv6 needs on every link',
    'spec.hosts: "n.example.net" has no address; write at least one',
  ])
})
