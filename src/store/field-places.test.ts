import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readWorldWithPlaces } from './field-places.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-places-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const HEAD = 'apiVersion: damask.dev/v1alpha1\n'

test('a field is found in whichever file and document its resource stands, and what is not written at what is around it', async () => {
  const [network, nodes] = [join(folder, 'a.yaml'), join(folder, 'b.yaml')]
  writeFileSync(network, `${HEAD}kind: Network\nmetadata: { name: default }\nspec:\n  podPrefixes: [10.0.0.0/8]\n`)
  const node = (name: string, number: number) =>
    `${HEAD}kind: Node\nmetadata: { name: ${name} }\nspec:\n  site: here\n  privateAddresses: [192.168.0.${number}/24]\n  podPrefixes: [10.0.${number}.0/24]\n`
  writeFileSync(nodes, `${node('n1', 1)}---\n${node('n2', 2)}`)
  const { result, placeOf } = await readWorldWithPlaces([folder])
  expect(result.world?.nodes.size).toBe(2)
  expect(await placeOf('Node/n2', 'spec.podPrefixes[0]')).toBe(`${nodes}:15:17`)
  expect(await placeOf('Node/n1', 'spec.gateway')).toBe(`${nodes}:5:3`)
  expect(await placeOf('Node/n1')).toBe(`${nodes}:3:19`)
  expect(await placeOf('Network/default', 'spec.podPrefixes')).toBe(`${network}:5:16`)
  expect(await placeOf('Node/n3', 'spec.site')).toBeUndefined()
})
