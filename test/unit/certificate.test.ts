// A certificate holds for the network that it was made of, and for no other; whatever is altered in it is found.
import { describe, expect, test } from 'vitest'
import { certificateOf, checkCertificate, type NetworkInput, proveNetwork } from '../../src/verifier/index.ts'
import { withFaults } from './random-fault.ts'
import { inputOf, vxlanWorldOf } from './regular-world.ts'

const HASHES = { states: 'a', underlay: 'b' }
const whole = inputOf(
  vxlanWorldOf([
    { machines: 3, isBehindNat: false },
    { machines: 2, isBehindNat: false },
  ]),
)
const broken = withFaults(whole, [{ kind: 'fewer allowed IPs', node: 1, entry: 1 }])

const certified = (input: NetworkInput) => JSON.parse(JSON.stringify(certificateOf(proveNetwork(input), HASHES)))

describe.each([
  ['of a whole network', whole],
  ['of a broken one', broken],
])('a certificate %s', (_, input) => {
  const certificate = certified(input)

  test('holds', () => {
    expect(checkCertificate(certificate, input, HASHES)).toEqual([])
  })

  test('is not one of another network', () => {
    expect(checkCertificate(certificate, input === whole ? broken : whole, HASHES)).not.toEqual([])
    expect(checkCertificate(certificate, input, { ...HASHES, underlay: 'c' })).toEqual([
      'it is of another network: inputs.underlay says "b", and it is "c"',
    ])
  })

  test('in which any one value is altered, taken away or doubled does not hold', () => {
    const kinds = new Set<string>()
    const missed: string[] = []
    for (const path of pathsIn(certificate)) {
      const kind = path.map((step) => (typeof step === 'number' ? '#' : step)).join('.')
      // Of a thousand numbers of one place in the form a few are enough.
      if (kinds.has(kind) && path.some((step) => typeof step === 'number' && step > 1)) continue
      kinds.add(kind)
      for (const [how, alter] of Object.entries(ALTERATIONS)) {
        const altered = structuredClone(certificate)
        if (!alter(altered, path)) continue
        if (checkCertificate(altered, input, HASHES).length === 0) missed.push(`${how} ${path.join('.')}`)
      }
    }
    expect(missed).toEqual([])
    expect(kinds.size).toBeGreaterThan(25)
  })
})

type Path = readonly (string | number)[]
// biome-ignore lint/suspicious/noExplicitAny: plain data of any form
type Plain = any

function pathsIn(value: Plain, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path]
  const inner = Array.isArray(value)
    ? value.flatMap((one, index) => pathsIn(one, [...path, index]))
    : Object.entries(value).flatMap(([name, one]) => pathsIn(one, [...path, name]))
  return path.length === 0 ? inner : [path, ...inner]
}

const ALTERATIONS: Readonly<Record<string, (certificate: Plain, path: Path) => boolean>> = {
  'another value': (certificate, path) => {
    const [holder, last] = holderOf(certificate, path)
    const value = holder[last]
    if (value !== null && typeof value === 'object') return false
    holder[last] = typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${value ?? ''}x`
    return true
  },
  'nothing in place of': (certificate, path) => {
    const [holder, last] = holderOf(certificate, path)
    if (Array.isArray(holder)) holder.splice(Number(last), 1)
    else delete holder[last]
    return true
  },
  twice: (certificate, path) => {
    const [holder, last] = holderOf(certificate, path)
    if (!Array.isArray(holder)) return false
    holder.push(structuredClone(holder[Number(last)]))
    return true
  },
}

function holderOf(certificate: Plain, path: Path): readonly [Plain, string | number] {
  const last = path.at(-1) ?? ''
  return [path.slice(0, -1).reduce((value: Plain, step) => value[step], certificate), last]
}
