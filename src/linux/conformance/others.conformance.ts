// What belongs to other programs is neither read nor changed, and what they do to ours is told.
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { GUARD_TABLE, type Kernel, parsePrefix, TABLE } from '../../model/index.ts'
import {
  anchor,
  creations,
  deletion,
  expectEntries,
  filter,
  guardOf,
  type KernelHarness,
  make,
  routeTo,
  updating,
  vxlan,
} from './harness.conformance.ts'

export function describeOthers(harness: () => KernelHarness): void {
  describe('of another program', () => {
    test.each(['10.9.0.0/16', 'fd00:9::/48'])('a route to %s in our tables is not ours, and stays', async (text) => {
      const { kernel, other } = harness()
      const to = parsePrefix(text)
      await other.addRoute(to, TABLE)
      await other.addRoute(to, GUARD_TABLE)
      await expectEntries(kernel)
      const ours = routeTo(text, { kind: 'throw' })
      expect((await kernel.apply(creations(ours))).map(({ code }) => code)).toEqual(['EEXIST'])
      expect(
        (await kernel.apply([updating(ours, routeTo(text, { kind: 'unreachable' }))])).map(({ code }) => code),
      ).toEqual(['EEXIST'])
      await kernel.apply([deletion(ours), deletion(guardOf(text))])
      expect([await other.hasRoute(to, TABLE), await other.hasRoute(to, GUARD_TABLE)]).toEqual([true, true])
    })

    test('a link is not ours, even with a name like ours', async () => {
      const { kernel, other } = harness()
      await other.addLink('damask-x')
      await expectEntries(kernel)
      expect((await kernel.observe([])).hostLinks.map(({ name }) => name)).toContain('damask-x')
      await kernel.apply([deletion({ ...anchor, name: 'damask-x' })])
      expect(await other.hasLink('damask-x')).toBe(true)
    })

    test('a filter table is not ours, and ours comes and goes beside it', async () => {
      const { kernel, other } = harness()
      await other.addFilterTable('theirs')
      await expectEntries(kernel)
      const ours = filter('10.4.0.0/16')
      await make(kernel, ...creations(ours))
      await make(kernel, updating(ours, filter('10.5.0.0/16')), deletion(filter('10.5.0.0/16')))
      expect(await other.hasFilterTable('theirs')).toBe(true)
    })

    test('a link is among those of the host, with its addresses', async () => {
      const { kernel, underlayLink } = harness()
      await make(kernel, ...creations(anchor))
      const { hostLinks } = await kernel.observe([])
      expect(hostLinks.map(({ name }) => name)).toEqual(expect.arrayContaining([underlayLink, anchor.name]))
      const underlay = hostLinks.find(({ name }) => name === underlayLink)
      expect(underlay).toMatchObject({ isUp: true, mtuBytes: 1500 })
      const prefixes = underlay?.addresses.map(({ address, length }) => `${address.family} ${length}`)
      expect(prefixes).toEqual(expect.arrayContaining(['4 24', '6 64']))
    })
  })

  describe('watch()', () => {
    test.each<[string, (harness: KernelHarness) => Promise<void>]>([
      ['removes a route of ours', ({ other }) => other.deleteRoute(parsePrefix('10.0.0.0/8'), GUARD_TABLE)],
      ['removes a link of ours', ({ other }) => other.deleteLink(vxlan.name)],
      ['takes a link of ours down', ({ other }) => other.takeDown(vxlan.name)],
      ['adds a link', ({ other }) => other.addLink('another')],
      ['removes our filter table', ({ other }) => other.deleteFilterTable('damask')],
    ])('calls back when another program %s', async (_, disturb) => {
      const { kernel } = harness()
      await make(kernel, ...creations(guardOf('10.0.0.0/8'), vxlan, filter('10.4.0.0/16')))
      const heard = watch(kernel)
      // What we did ourselves is told too.
      await settle()
      heard.length = 0
      await disturb(harness())
      await vi.waitFor(() => expect(heard).not.toEqual([]), { timeout: 60_000, interval: 5 })
      expect(heard[0]).toMatch(/\w/)
    })

    test('calls nobody back who has stopped', async () => {
      const { kernel, other } = harness()
      const heard: string[] = []
      kernel.watch((what) => heard.push(what))()
      await other.addLink('another')
      await settle()
      expect(heard).toEqual([])
    })
  })
}

/** News of what was done before have arrived by then. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50))

function watch(kernel: Kernel): string[] {
  const heard: string[] = []
  onTestFinished(kernel.watch((what) => heard.push(what)))
  return heard
}
