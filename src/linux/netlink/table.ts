// Tables of attributes: one description of a nest, by which it is both written and read.
import type { AttributeType } from './attribute.ts'
import { malformed, type Reader, readerOf } from './reader.ts'
import { align, newWriter, pad, reserve, type Writer, written } from './writer.ts'

const NLA_F_NESTED = 0x8000
const NLA_TYPE_MASK = 0x3fff
const HEAD_BYTES = 4

type AnyType = {
  readonly put: (to: Writer, value: never) => void
  readonly get: (from: Reader, at: number, length: number) => unknown
  readonly isNested?: true
}
type Fields = Readonly<Record<string, readonly [number: number, type: AnyType]>>

/** What a table's attributes hold, by our names. Whatever is undefined is not written. */
export type Values<F> = {
  readonly [K in keyof F]?: F[K] extends readonly [number, { get: (...from: never) => infer T }] ? T | undefined : never
}

type Row = { readonly name: string; readonly number: number; readonly type: AttributeType<unknown> }
export type Table<F> = {
  readonly rows: readonly Row[]
  readonly byNumber: readonly (Row | undefined)[]
  readonly fields: F
}

/** `table({ group: [27, u32] /* IFLA_GROUP *\/ })` */
export function table<const F extends Fields>(fields: F): Table<F> {
  const rows = Object.entries(fields).map(([name, [number, type]]) => ({
    name,
    number,
    type: type as AttributeType<unknown>,
  }))
  const byNumber: Row[] = []
  for (const row of rows) byNumber[row.number] = row
  return { rows, byNumber, fields }
}

export function putAttributes<F>(to: Writer, { rows }: Table<F>, values: Values<F>): void {
  const given = values as Readonly<Record<string, unknown>>
  for (const { name, number, type } of rows) {
    const value = given[name]
    if (value !== undefined) putAttribute(to, number, type, value)
  }
}

export function putAttribute<T>(to: Writer, number: number, type: AttributeType<T>, value: T): void {
  const start = reserve(to, HEAD_BYTES)
  type.put(to, value)
  const length = to.length - start
  if (length > 0xffff) throw new Error(`attribute ${number} has ${length} bytes; netlink's length field ends at 65535`)
  to.view.setUint16(start, length, true)
  to.view.setUint16(start + 2, type.isNested ? number | NLA_F_NESTED : number, true)
  pad(to)
}

/** Attributes that the table does not name are passed over; of one that stands twice the last counts. */
export function getAttributes<F>(from: Reader, { byNumber }: Table<F>, at: number, end: number): Values<F> {
  const values: Record<string, unknown> = {}
  eachAttribute(from, at, end, (number, start, length) => {
    const row = byNumber[number]
    if (row !== undefined) values[row.name] = row.type.get(from, start, length)
  })
  return values as Values<F>
}

/** Walks over a run of attributes; `number` comes without its flags. */
export function eachAttribute(
  { view, bytes }: Reader,
  at: number,
  end: number,
  visit: (number: number, start: number, length: number) => void,
): void {
  if (end > bytes.length) throw malformed(`attributes end at ${end} of ${bytes.length} bytes`)
  let position = at
  while (position + HEAD_BYTES <= end) {
    const length = view.getUint16(position, true)
    if (length < HEAD_BYTES || position + length > end)
      throw malformed(`attribute of ${length} bytes where ${end - position} are left`)
    visit(view.getUint16(position + 2, true) & NLA_TYPE_MASK, position + HEAD_BYTES, length - HEAD_BYTES)
    position += align(length)
  }
}

/** A nest, described by a table. */
export const nested = <F>(inner: Table<F>): AttributeType<Values<F>> => ({
  isNested: true,
  put: (to, values) => putAttributes(to, inner, values),
  get: (from, at, length) => getAttributes(from, inner, at, at + length),
})

/** A nest of nests that all have the same form, numbered 1, 2, …: the lists of WireGuard and nftables. */
export const list = <T>(element: AttributeType<T>, number?: number): AttributeType<readonly T[]> => ({
  isNested: true,
  put(to, values) {
    for (const [index, value] of values.entries()) putAttribute(to, number ?? index + 1, element, value)
  },
  get(from, at, length) {
    const values: T[] = []
    eachAttribute(from, at, at + length, (_, start, size) => values.push(element.get(from, start, size)))
    return values
  },
})

/** The attributes alone, without a message around them. */
export function encodeAttributes<F>(inner: Table<F>, values: Values<F>): Uint8Array {
  const writer = newWriter(256)
  putAttributes(writer, inner, values)
  return written(writer)
}

export const decodeAttributes = <F>(inner: Table<F>, encoded: Uint8Array): Values<F> =>
  getAttributes(readerOf(encoded), inner, 0, encoded.length)
