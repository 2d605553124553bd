// The ways by which costs are counted are those that packets take through the plans.
import { expect, test } from 'vitest'
import { isZero, pathOf } from '../../src/foresight/index.ts'
import { nthAddress } from '../../src/model/index.ts'
import { walk } from './packet-walk.ts'
import { everyWorld } from './random-plan.ts'

test('packets between pods go through the machines of pathOf and no others', () => {
  let [direct, relayed, shared] = [0, 0, 0]
  everyWorld(({ world, plan, picture }) => {
    for (const from of world.nodes.values())
      for (const to of world.nodes.values())
        for (const family of [4, 6] as const) {
          const source = from.podPrefixes.find((prefix) => prefix.family === family)
          const destination = to.podPrefixes.find((prefix) => prefix.family === family)
          if (from === to || source === undefined || destination === undefined) continue
          const ends = walk(
            picture,
            from.name,
            { source: nthAddress(source, 2), destination: nthAddress(destination, 2) },
            true,
          )
          const { hops, lost } = pathOf(plan, from.name, to.name)
          if (ends.some(({ kind }) => kind !== 'delivered')) continue
          expect(isZero(lost), `${from.name} to ${to.name}`).toBe(true)
          const walked = ends.flatMap(({ path }) => edgesOf(path))
          const counted = hops.map((hop) => `${hop.from.node.name} ${hop.to.node.name}`)
          expect(new Set(counted), ends.map(({ path }) => path).join('\n')).toEqual(new Set(walked))
          const tunnels = hops.filter(({ over }) => over === 'tunnel')
          if (tunnels.length === 1) direct++
          else if (ends.length > 1) shared++
          else if (tunnels.length > 1) relayed++
        }
  })
  expect(Math.min(direct, relayed, shared)).toBeGreaterThan(5)
}, 120_000)

/** `a --damask-t1--> b --$NIC--> c: is its own` */
function edgesOf(path: string): readonly string[] {
  const names = path.replace(/: .*$/, '').split(/ --\S+--> /)
  return names.slice(1).map((name, index) => `${names[index]} ${name}`)
}
