// The ways by which costs are counted are those that packets take through the plans: here by a walk that shares no code with the verifier's.
import { expect, test } from 'vitest'
import { isZero, waysOf } from '../../src/foresight/index.ts'
import { nthAddress } from '../../src/model/index.ts'
import { walk } from './packet-walk.ts'
import { everyWorld } from './random-plan.ts'
import { inputOf } from './regular-world.ts'

test('packets between pods go through the machines of the ways and no others, and all of each is somewhere', () => {
  let [direct, relayed, shared] = [0, 0, 0]
  everyWorld(({ world, picture }) => {
    const places = new Map([...world.nodes.keys()].map((name) => [name, name]))
    const ways = waysOf({ input: inputOf(world), places })
    for (const from of world.nodes.values())
      for (const to of world.nodes.values()) {
        const [source, destination] = [from, to].map(({ podPrefixes }) =>
          podPrefixes.find(({ family }) => family === 4),
        )
        if (from === to || source === undefined || destination === undefined) continue
        const packet = { source: nthAddress(source, 2), destination: nthAddress(destination, 2) }
        const ends = walk(picture, from.name, packet, true)
        const { legs, lost } = ways.between(from.name, to.name)
        if (ends.some(({ kind }) => kind !== 'delivered') || !isZero(lost)) continue
        const walked = ends.flatMap(({ path }) => edgesOf(path))
        const counted = legs.map((leg) => `${leg.from} ${leg.to}`)
        expect(new Set(counted), ends.map(({ path }) => path).join('\n')).toEqual(new Set(walked))
        const arriving = legs.filter((leg) => leg.to === to.name).map(({ share }) => share)
        const whole = arriving.reduce(
          (sum, { numerator, denominator }) => sum + Number(numerator) / Number(denominator),
          0,
        )
        expect(whole).toBeCloseTo(1, 9)
        const tunnels = legs.filter(({ isPublic }) => isPublic)
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
