import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseAddress, parsePrefix } from '../model/index.ts'
import { openAddressJournal } from './address-journal.ts'
import { cniHandler } from './cni-handler.ts'
import { parseCniRequest } from './cni-request.ts'
import { fakeKernel, fakeLinks } from './fake-kernel.fixture.ts'
import { requestBytes } from './mortal-agent.fixture.ts'

test('an ADD gives no address before it is known which prefixes are the node’s: those of before may be another’s by then', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'damask-add-'))
  const journal = await openAddressJournal({ path: join(folder, 'pods.journal') })
  onTestFinished(async () => {
    await journal.close()
    rmSync(folder, { recursive: true })
  })
  const kernel = fakeKernel()
  kernel.namespaces.add('/run/netns/one')
  let prefixes = [parsePrefix('10.42.1.0/24')]
  const { promise: isSettled, resolve: settle } = Promise.withResolvers<void>()
  const handler = cniHandler({
    journal,
    links: fakeLinks(kernel, { create: async () => {}, delete: async () => {} }),
    nodePrefixes: () => prefixes,
    prefixesSettle: () => isSettled,
    gatewayAddresses: () => ({ 4: parseAddress('10.42.7.1') }),
    podMtuBytes: () => 1390,
    attach: async () => {},
    onPodsChanged: async () => {},
  })
  const environment = { CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'one', CNI_NETNS: '/run/netns/one' }
  const answer = handler(parseCniRequest(requestBytes(environment, {})))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect([journal.pods(), [...kernel.pairs]]).toEqual([[], []])
  prefixes = [parsePrefix('10.42.7.0/24')]
  settle()
  expect(await answer).toMatchObject({ ips: [{ address: '10.42.7.2/32' }] })
})
