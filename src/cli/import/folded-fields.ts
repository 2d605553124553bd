// The fields of a JSON object as Go's encoding/json gives them to flannel: keys in any case, the last of several counts, unknown
// ones are passed over.
import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml'
import {
  type Address,
  equalAddresses,
  FAMILY_BITS,
  formatPrefix,
  hint,
  type Prefix,
  prefixOf,
  tryAddress,
} from '../../model/index.ts'

export type Remark = {
  /** In the text of the JSON, from 0. */
  readonly offset: number
  readonly message: string
  readonly severity: 'error' | 'warning'
}

export type Fields = {
  /** Where the object begins. */
  readonly offset: number
  /** Where the field's value stands, or else the object. */
  readonly placeOf: (name: string) => number
  readonly isThere: (name: string) => boolean
  readonly node: (name: string) => Node | undefined
  readonly text: (name: string) => string | undefined
  readonly flag: (name: string) => boolean | undefined
  /** Whole, and not negative. */
  readonly number: (name: string, most: number) => number | undefined
  readonly prefix: (name: string, family: 4 | 6) => Prefix | undefined
  readonly address: (name: string, family: 4 | 6) => Address | undefined
  readonly refuse: (name: string, message: string) => void
  readonly warn: (name: string, message: string) => void
}

/** `path`: in front of names in messages, as `Backend.`; `remarks` takes what is wrong. */
export function readFields(map: YAMLMap, names: readonly string[], path: string, remarks: Remark[]): Fields {
  const values = new Map<string, Node>()
  const say = (severity: Remark['severity'], offset: number, message: string): void => {
    remarks.push({ offset, message, severity })
  }
  for (const { key, value } of map.items as { key: Node; value: Node }[]) {
    const written = isScalar(key) ? String(key.value) : ''
    const offset = key.range?.[0] ?? 0
    const name = names.find((known) => known.toLowerCase() === written.toLowerCase())
    if (name === undefined) {
      say('warning', offset, `${path}${written}: flannel does not know this, and passes it over${hint(written, names)}`)
      continue
    }
    if (values.has(name)) say('warning', offset, `${path}${name} stands twice; flannel takes the last, and so do we`)
    values.set(name, value)
  }
  const start = map.range?.[0] ?? 0
  const placeOf = (name: string): number => values.get(name)?.range?.[0] ?? start
  function refuse(name: string, message: string): undefined {
    say('error', placeOf(name), `${path}${name}: ${message}`)
    return undefined
  }
  const warn = (name: string, message: string): void => say('warning', placeOf(name), `${path}${name}: ${message}`)

  /** Of the kind, or nothing; null leaves to Go what was there before. */
  function scalar(name: string, kind: 'string' | 'boolean' | 'number', due: string) {
    const node = values.get(name)
    if (node === undefined || (isScalar(node) && node.value === null)) return undefined
    if (isScalar(node) && typeof node.value === kind) return node
    return refuse(name, `${SECRET.test(name) ? 'something else' : describe(node)}, where ${due} is due`)
  }
  const text = (name: string): string | undefined => {
    const value = scalar(name, 'string', 'a text in double quotes')?.value
    return typeof value === 'string' ? value : undefined
  }
  function ofText<Value>(name: string, due: string, parse: (text: string) => Value | undefined): Value | undefined {
    const node = values.get(name)
    if (node === undefined) return undefined
    const written = isScalar(node) && typeof node.value === 'string' ? node.value : undefined
    const value = written === undefined ? undefined : parse(written)
    return value ?? refuse(name, `${describe(node)}, where ${due} is due; flannel refuses it`)
  }
  return {
    offset: start,
    placeOf,
    isThere: (name) => values.has(name),
    node: (name) => values.get(name),
    text,
    flag: (name) => {
      const value = scalar(name, 'boolean', 'true or false, without quotes,')?.value
      return typeof value === 'boolean' ? value : undefined
    },
    number: (name, most) => {
      const due = `a whole number from 0 to ${most}`
      const node = scalar(name, 'number', `${due}, without quotes,`)
      if (node === undefined) return undefined
      const { value, source = '' } = node
      if (typeof value === 'number' && /^\d+$/.test(source) && value <= most) return value
      return refuse(name, `${source}, where ${due} is due`)
    },
    prefix: (name, family) =>
      ofText(name, `a prefix as in ${family === 4 ? '"10.42.0.0/16"' : '"fd42:42::/48"'}`, (written) => {
        const [address = '', length = ''] = written.split('/', 2)
        const parsed = tryAddress(address)
        if (parsed?.family !== family || !/^\d{1,3}$/.test(length) || Number(length) > FAMILY_BITS[family])
          return undefined
        const prefix = prefixOf(parsed, Number(length))
        if (!equalAddresses(parsed, prefix))
          warn(name, `${written} has host bits set; flannel takes ${formatPrefix(prefix)}, and so do we`)
        return prefix
      }),
    address: (name, family) =>
      ofText(name, `an address as in ${family === 4 ? '"10.42.1.0"' : '"fd42:42:0:1::"'}`, (written) => {
        const address = tryAddress(written)
        return address?.family === family ? address : undefined
      }),
    refuse,
    warn,
  }
}

/** What no message may show. */
const SECRET = /^(PSK|AccessKeyID|AccessKeySecret)$/

function describe(node: Node): string {
  if (isMap(node)) return 'an object'
  if (isSeq(node)) return 'a list'
  return isScalar(node) ? JSON.stringify(node.value) : 'nothing'
}
