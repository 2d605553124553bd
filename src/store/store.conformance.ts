// The one suite that every Store has to pass: a folder of files, and the API of a cluster.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { API_VERSION, type NodeStatus, type PublicKey, parsePrefix, tryPublicKey } from '../model/index.ts'
import type { ReadResult } from './assemble-world.ts'
import type { Store } from './store.ts'

export type StoreHarness = {
  /** Empty. */
  readonly store: Store
  /** As a person does it. */
  readonly put: (document: StoreDocument) => Promise<void>
  readonly remove: (kind: StoreDocument['kind'], name: string) => Promise<void>
  readonly close: () => Promise<void>
}

export type StoreDocument = {
  readonly kind: 'Network' | 'Site' | 'Node'
  readonly name: string
  readonly spec: object
}

const NETWORK: StoreDocument = {
  kind: 'Network',
  name: 'default',
  spec: { podPrefixes: ['10.42.0.0/16'], sites: { by: 'field' }, gatewaysPerSite: 2 },
}
const SITE: StoreDocument = { kind: 'Site', name: 'aws', spec: { fabric: { kind: 'vxlan' } } }

const nodeDocument = (name: string, number: number, more: object = {}): StoreDocument => ({
  kind: 'Node',
  name,
  spec: { site: 'aws', privateAddresses: [`172.31.0.${number}/20`], podPrefixes: [`10.42.${number}.0/24`], ...more },
})

function publicKeyOf(text: string): PublicKey {
  const key = tryPublicKey(text)
  if (key === undefined) throw new Error(`${text} is not a public key`)
  return key
}

const KEY = publicKeyOf('AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=')
const OTHER_KEY = publicKeyOf('BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=')

/** `makeStore` gives an empty store for each test. */
export function describeStore(name: string, makeStore: () => Promise<StoreHarness>): void {
  describe(name, () => {
    let harness: StoreHarness
    let store: Store

    beforeEach(async () => {
      harness = await makeStore()
      store = harness.store
    })
    afterEach(() => harness.close())

    async function fill(): Promise<void> {
      for (const document of [NETWORK, SITE, nodeDocument('aws-1', 1), nodeDocument('aws-2', 2)]) {
        await harness.put(document)
      }
      await readUntil(({ world }) => world?.nodes.size === 2 && world.sites.size === 1)
    }

    /** A store may hear of what others wrote a little later. */
    async function readUntil(isIt: (result: ReadResult) => boolean): Promise<ReadResult> {
      let result: ReadResult = { issues: [] }
      const look = async (): Promise<boolean> => {
        result = await store.read()
        return isIt(result)
      }
      await expect.poll(look, { interval: 20 }).toBe(true)
      return result
    }

    const readNow = async (): Promise<NonNullable<ReadResult['world']>> => {
      const { world, issues } = await store.read()
      if (world === undefined) throw new Error(issues.map(store.formatIssue).join('\n'))
      return world
    }

    describe('what is read', () => {
      test('is what people wrote', async () => {
        await fill()
        const { network, sites, nodes } = await readNow()
        expect(network).toMatchObject({
          name: 'default',
          gatewaysPerSite: 2,
          podPrefixes: [parsePrefix('10.42.0.0/16')],
        })
        expect(sites.get('aws')?.fabric).toMatchObject({ kind: 'vxlan' })
        expect([...nodes.keys()]).toEqual(['aws-1', 'aws-2'])
        expect(nodes.get('aws-2')).toMatchObject({ site: 'aws', podPrefixes: [parsePrefix('10.42.2.0/24')] })
      })

      test('is the very same result where nothing changed', async () => {
        await fill()
        const first = await store.read()
        expect(await store.read()).toBe(first)
      })

      test('keeps what did not change, object by object', async () => {
        await fill()
        const before = await readNow()
        await harness.put(nodeDocument('aws-2', 200))
        const { world } = await readUntil((result) => result.world?.nodes.get('aws-2') !== before.nodes.get('aws-2'))
        expect(world?.nodes.get('aws-2')?.podPrefixes).toEqual([parsePrefix('10.42.200.0/24')])
        expect(world?.nodes.get('aws-1')).toBe(before.nodes.get('aws-1'))
        expect(world?.network).toBe(before.network)
        expect(world?.sites.get('aws')).toBe(before.sites.get('aws'))
      })

      test('does not hold a node that was removed', async () => {
        await fill()
        await harness.remove('Node', 'aws-1')
        const { world } = await readUntil((result) => result.world?.nodes.size === 1)
        expect([...(world?.nodes.keys() ?? [])]).toEqual(['aws-2'])
      })

      test('is no World without a Network, and says so', async () => {
        await harness.put(nodeDocument('aws-1', 1))
        const { world, issues } = await store.read()
        expect(world).toBeUndefined()
        expect(issues.filter(({ severity }) => severity === 'error').map(store.formatIssue)).toEqual([
          expect.stringContaining('no Network'),
        ])
      })

      test('says what is wrong with a document and where, and is right again when that is', async () => {
        await fill()
        await harness.put(nodeDocument('aws-2', 2, { podPrefixes: ['10.42.2.0/33'] }))
        const { issues } = await readUntil((result) => result.issues.length > 0)
        expect(issues.map(store.formatIssue)).toEqual([
          expect.stringMatching(/aws-2.*spec\.podPrefixes\[0\].*10\.42\.2\.0\/33/),
        ])
        await harness.put(nodeDocument('aws-2', 3))
        const { world } = await readUntil((result) => result.issues.length === 0)
        expect(world?.nodes.get('aws-2')?.podPrefixes).toEqual([parsePrefix('10.42.3.0/24')])
      })

      test('says what two documents contradict each other in', async () => {
        await fill()
        await harness.put(nodeDocument('aws-3', 3, { podPrefixes: ['10.42.2.0/24'] }))
        const { issues } = await readUntil((result) => result.issues.length > 0)
        expect(issues.map(store.formatIssue).join()).toMatch(/aws-3.*10\.42\.2\.0\/24 is also.*aws-2/)
      })
    })

    describe('a watch', () => {
      test('tells of a change, and no more once it was stopped', async () => {
        await fill()
        let told = 0
        const stop = store.watch(() => told++)
        await harness.put(nodeDocument('aws-3', 3))
        await readUntil(({ world }) => world?.nodes.size === 3)
        await expect.poll(() => told).toBeGreaterThan(0)
        stop()
        const before = told
        await harness.put(nodeDocument('aws-4', 4))
        await readUntil(({ world }) => world?.nodes.size === 4)
        await new Promise((resolve) => setTimeout(resolve, 100))
        expect(told).toBe(before)
      })

      test('tells of a status and of a grant', async () => {
        await fill()
        let told = 0
        store.watch(() => told++)
        await store.writeStatus({ name: 'aws-1', publicKey: KEY })
        await expect.poll(() => told).toBeGreaterThan(0)
        told = 0
        await store.writeGrant({ name: 'aws-1', site: 'aws', slot: 1 })
        await expect.poll(() => told).toBeGreaterThan(0)
      })
    })

    describe('a status', () => {
      const STATUS: NodeStatus = {
        name: 'aws-1',
        publicKey: KEY,
        underlayMtuBytes: 9001,
        conditions: [{ type: 'NoWireguard', message: 'the kernel has none' }],
      }

      test('that was written is read', async () => {
        await fill()
        expect(await store.writeStatus(STATUS)).toBe(true)
        // The rest is for people, and a store need not bring it back.
        const { conditions: _, ...planned } = STATUS
        expect((await readNow()).statuses.get('aws-1')).toMatchObject(planned)
      })

      test('is not written again where the store says just that', async () => {
        await fill()
        await store.writeStatus(STATUS)
        const before = await store.read()
        expect(await store.writeStatus(STATUS)).toBe(false)
        expect(await store.read()).toBe(before)
      })

      test('is replaced as a whole', async () => {
        await fill()
        await store.writeStatus(STATUS)
        expect(await store.writeStatus({ name: 'aws-1', publicKey: OTHER_KEY })).toBe(true)
        expect((await readNow()).statuses.get('aws-1')).toEqual({ name: 'aws-1', publicKey: OTHER_KEY })
      })

      test('leaves the node as it is', async () => {
        await fill()
        const before = await readNow()
        await store.writeStatus(STATUS)
        expect((await readNow()).nodes.get('aws-1')).toBe(before.nodes.get('aws-1'))
      })
    })

    describe('a grant', () => {
      test('that was written is read, and its node is among those that have one', async () => {
        await fill()
        expect(await store.grantedNodes()).toEqual([])
        expect(await store.writeGrant({ name: 'aws-2', site: 'aws', slot: 1 })).toBe(true)
        expect((await readNow()).grants.get('aws-2')).toEqual({ name: 'aws-2', site: 'aws', slot: 1 })
        expect(await store.grantedNodes()).toEqual(['aws-2'])
      })

      test('is not written again where the store says just that, and is where it says another', async () => {
        await fill()
        await store.writeGrant({ name: 'aws-2', site: 'aws', slot: 1 })
        expect(await store.writeGrant({ name: 'aws-2', site: 'aws', slot: 1 })).toBe(false)
        expect(await store.writeGrant({ name: 'aws-2', site: 'aws', slot: 2 })).toBe(true)
        expect((await readNow()).grants.get('aws-2')?.slot).toBe(2)
      })

      test('that was removed is gone; one that never was is none to remove', async () => {
        await fill()
        await store.writeGrant({ name: 'aws-2', site: 'aws', slot: 1 })
        expect(await store.removeGrant('aws-2')).toBe(true)
        expect((await readNow()).grants.size).toBe(0)
        expect(await store.grantedNodes()).toEqual([])
        expect(await store.removeGrant('aws-2')).toBe(false)
      })

      test('leaves node and status as they are', async () => {
        await fill()
        await store.writeStatus({ name: 'aws-2', publicKey: KEY })
        const before = await readNow()
        await store.writeGrant({ name: 'aws-2', site: 'aws', slot: 1 })
        const after = await readNow()
        expect(after.nodes.get('aws-2')).toBe(before.nodes.get('aws-2'))
        expect(after.statuses.get('aws-2')).toBe(before.statuses.get('aws-2'))
      })
    })

    test('a store that was closed tells of nothing', async () => {
      await fill()
      let told = 0
      store.watch(() => told++)
      store.close()
      await harness.put(nodeDocument('aws-3', 3))
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(told).toBe(0)
    })
  })
}

export const toManifest = ({ kind, name, spec }: StoreDocument): object => ({
  apiVersion: API_VERSION,
  kind,
  metadata: { name },
  spec,
})
