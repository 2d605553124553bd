// C structures of whole numbers, as they stand at the head of netlink messages and inside some attributes.
import { malformed, type Reader } from './reader.ts'
import { reserve, type Writer } from './writer.ts'

type Kind = 'u8' | 'u16' | 'u32' | 's32' | 'be16'
type Fields = Readonly<Record<string, Kind>>
const SIZES: Readonly<Record<Kind, number>> = { u8: 1, u16: 2, u32: 4, s32: 4, be16: 2 }

export type StructValues<F> = { readonly [K in keyof F]: number }
export type Struct<F> = {
  readonly size: number
  readonly fields: readonly { readonly name: string; readonly kind: Kind; readonly offset: number }[]
  readonly shape?: F
}

/** Fields in the order of the C declaration, which must have no holes but those named here. */
export function struct<const F extends Fields>(declared: F): Struct<F> {
  let size = 0
  const fields = Object.entries(declared).map(([name, kind]) => {
    const offset = size
    size += SIZES[kind]
    return { name, kind, offset }
  })
  return { size, fields }
}

/** Fields not given are 0. */
export function putStruct<F>(to: Writer, { size, fields }: Struct<F>, values: Partial<StructValues<F>>): void {
  const start = reserve(to, size)
  const given = values as Readonly<Record<string, number | undefined>>
  for (const { name, kind, offset } of fields) {
    const value = given[name]
    if (value !== undefined) setNumber(to.view, kind, start + offset, value)
  }
}

export function getStruct<F>(from: Reader, { size, fields }: Struct<F>, at: number, end: number): StructValues<F> {
  if (at + size > end) throw malformed(`${end - at} bytes where a structure of ${size} is due`)
  const values: Record<string, number> = {}
  for (const { name, kind, offset } of fields) values[name] = getNumber(from.view, kind, at + offset)
  return values as StructValues<F>
}

function setNumber(view: DataView, kind: Kind, at: number, value: number): void {
  if (kind === 'u8') view.setUint8(at, value)
  else if (kind === 'u16') view.setUint16(at, value, true)
  else if (kind === 'be16') view.setUint16(at, value)
  else if (kind === 'u32') view.setUint32(at, value, true)
  else view.setInt32(at, value, true)
}

function getNumber(view: DataView, kind: Kind, at: number): number {
  if (kind === 'u8') return view.getUint8(at)
  if (kind === 'u16') return view.getUint16(at, true)
  if (kind === 'be16') return view.getUint16(at)
  return kind === 'u32' ? view.getUint32(at, true) : view.getInt32(at, true)
}
