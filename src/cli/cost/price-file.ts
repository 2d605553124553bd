// A file of prices: what a GB costs that leaves a place, enters it, stays there, or goes from one to another.
import { readFile } from 'node:fs/promises'
import {
  FREE,
  type Fraction,
  GIBIBYTE,
  GIGABYTE,
  type PlacePrices,
  type PriceList,
  pairKey,
  tryDecimal,
} from '../../foresight/index.ts'
import type { Issue } from '../../store/index.ts'
import { fieldsOf, type PlacedMap, type PlacedValue, type Problems, readYamlValues } from './yaml-values.ts'

export const NO_PRICES: PriceList = {
  currency: '',
  unitBytes: GIGABYTE,
  usual: FREE,
  places: new Map(),
  pairs: new Map(),
}

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['GB', GIGABYTE],
  ['GiB', GIBIBYTE],
])

/** Rejects where the file cannot be read. */
export async function readPrices(
  file: string,
): Promise<{ readonly prices: PriceList; readonly issues: readonly Issue[] }> {
  const yaml = readYamlValues(file, await readFile(file, 'utf8'))
  if (yaml.root === undefined) return { prices: NO_PRICES, issues: yaml.issues }
  const fields = fieldsOf(yaml.root, ['currency', 'unit', 'usual', 'places', 'pairs'], 'a list of prices', yaml)
  const usual = pricesIn(fields.get('usual')?.value, FREE, yaml)
  const unit = fields.get('unit')?.value
  const unitBytes = unit === undefined ? GIGABYTE : unit.kind === 'text' ? UNITS.get(unit.text) : undefined
  if (unitBytes === undefined) yaml.add(unit?.offset ?? 0, 'unit is neither GB (10^9 bytes) nor GiB (2^30)')
  const currency = fields.get('currency')?.value
  const prices: PriceList = {
    currency: currency?.kind === 'text' ? currency.text : '',
    unitBytes: unitBytes ?? GIGABYTE,
    usual,
    places: placesIn(fields.get('places')?.value, usual, yaml),
    pairs: pairsIn(fields.get('pairs')?.value, yaml),
  }
  return { prices, issues: yaml.issues }
}

function placesIn(value: PlacedValue | undefined, usual: PlacePrices, problems: Problems): PriceList['places'] {
  if (value === undefined) return new Map()
  if (value.kind === 'map')
    return new Map([...value.fields].map(([place, field]) => [place, pricesIn(field.value, usual, problems)] as const))
  problems.add(
    value.offset,
    'places is no map; expected the prices of each place by its name, such as aws: { egress: 0.09 }',
  )
  return new Map()
}

/** What is left out is as usual. */
function pricesIn(value: PlacedValue | undefined, usual: PlacePrices, problems: Problems): PlacePrices {
  if (value === undefined) return usual
  const fields = fieldsOf(value, ['egress', 'ingress', 'inside'], 'the prices of a place', problems)
  const priceIn = (name: keyof PlacePrices): Fraction => readPrice(fields.get(name)?.value, name, usual[name], problems)
  return { egress: priceIn('egress'), ingress: priceIn('ingress'), inside: priceIn('inside') }
}

function pairsIn(value: PlacedValue | undefined, problems: Problems): PriceList['pairs'] {
  const pairs = new Map<string, Fraction>()
  if (value === undefined) return pairs
  if (value.kind !== 'list')
    problems.add(value.offset, 'pairs is no list; expected such as [{ from: aws, to: gcp, price: 0.02 }]')
  for (const item of value.kind === 'list' ? value.items : []) {
    const fields = fieldsOf(item, ['from', 'to', 'price'], 'the price of a pair', problems)
    const price = readPrice(fields.get('price')?.value, 'price', undefined, problems, item.offset)
    pairs.set(pairKey(textIn(fields, 'from', item, problems), textIn(fields, 'to', item, problems)), price)
  }
  return pairs
}

export function textIn(fields: PlacedMap['fields'], name: string, around: PlacedValue, { add }: Problems): string {
  const value = fields.get(name)?.value
  if (value?.kind === 'text' && value.text !== '') return value.text
  // What is no map at all was said already.
  if (around.kind === 'map')
    add(value?.offset ?? around.offset, `${name} is ${value === undefined ? 'missing' : 'no text'}`)
  return ''
}

function readPrice(
  value: PlacedValue | undefined,
  name: string,
  usual: Fraction | undefined,
  { add }: Problems,
  around = 0,
): Fraction {
  const price = value === undefined ? usual : value.kind === 'text' ? tryDecimal(value.text) : undefined
  if (price !== undefined) return price
  const found = value === undefined ? 'missing' : value.kind === 'text' ? `"${value.text}"` : `a ${value.kind}`
  add(value?.offset ?? around, `${name} is ${found}; expected the price of a GB as a decimal number, such as 0.085`)
  return FREE.egress
}
