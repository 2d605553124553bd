// Laws of `damask verify --wg-quick`: no false alarm over correct meshes, and no single mistake that is not named where it stands.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatPlace, judgeConfigs } from '../../src/wg-quick/index.ts'
import { keptPublicKeyOf, type WrittenMesh, writeFile, writtenMeshes } from './random-wg-quick.ts'
import { MISTAKES, makeMistake } from './wg-quick-mistakes.ts'

const RUNS = 60

const write = ({ machines, style }: WrittenMesh) => machines.map((machine) => writeFile(machine, style))

const judge = (mesh: WrittenMesh) =>
  judgeConfigs(
    write(mesh).map(({ file }) => file),
    keptPublicKeyOf,
  )

const mistaken = ({ severity }: { readonly severity: string }): boolean => severity !== 'note'

test('a correct mesh has nothing to find, and everybody reaches whom the files say', () => {
  fc.assert(
    fc.property(writtenMeshes, (mesh) => {
      const { findings, reach } = judge(mesh)
      expect(findings.filter(mistaken)).toEqual([])
      // Laptops that have all servers as peers do not have each other; those with a hub reach each other through it.
      const apart = new Set(
        mesh.machines.flatMap(({ name, listenPort, peers }) =>
          listenPort === undefined && peers.length > 1 ? [name] : [],
        ),
      )
      for (const { from, to, verdict } of reach)
        expect(`${from} ${to} ${verdict}`).toBe(
          `${from} ${to} ${apart.has(from) && apart.has(to) ? 'outside' : 'reached'}`,
        )
    }),
    { numRuns: RUNS },
  )
})

describe('one mistake is found where it stands:', () => {
  const picks = fc.tuple(fc.nat(60), fc.nat(60), fc.nat(60), fc.nat(60))
  test.each(Object.keys(MISTAKES))('%s', (name) => {
    let made = 0
    fc.assert(
      fc.property(writtenMeshes, picks, (correct, pick) => {
        const broken = makeMistake(correct, name, pick)
        if (broken === undefined) return
        made++
        const { mesh, mistake } = broken
        const written = write(mesh).find(({ file }) => file.machine === mistake.machine)
        const lines = mistake.at.flatMap((one) => written?.lineOf.get(one) ?? [])
        const findings = judge(mesh).findings.filter(mistaken)
        const places = findings.flatMap(({ place, related }) => [place, ...related.map((one) => one.place)])
        const isFound = places.some(
          ({ file, line }) => file === written?.file.path && (mistake.at.length === 0 || lines.includes(line)),
        )
        const said = findings.map(({ place, what }) => `${formatPlace(place)}: ${what}`).join('\n')
        expect(isFound, `${JSON.stringify(mistake)} at ${lines}\n${said}\n${written?.file.text}`).toBe(true)
      }),
      { numRuns: RUNS },
    )
    expect(made).toBeGreaterThan(RUNS / 10)
  })
})
