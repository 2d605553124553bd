// What the schemas of all kinds are made of. The message of each says only what was expected: `explainIssue` puts the
// path and what was found in front of it.
import * as z from 'zod'
import { type Address, parseAddress } from '../address.ts'
import { type Prefix, parsePrefix } from '../prefix.ts'
import type { PrivateAddress } from './node.ts'

/** A map with these fields and no others. What is wrong with an unknown field is the list of the known ones. */
export const fields = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(', ') : 'a map of fields'),
  })

export const listOf = <Item extends z.ZodType>(item: Item, example: string) =>
  z.array(item, { error: `a list such as ${example}` })

export const oneOf = <const Values extends readonly [string, ...string[]]>(...values: Values) =>
  z.enum(values, { error: values.length === 1 ? values[0] : `one of ${values.join(', ')}` })

export const wholeNumber = (from: number, to: number) => {
  const error = `a whole number from ${from} to ${to}`
  return z.int({ error }).min(from, { error }).max(to, { error })
}

export const port = wholeNumber(1, 65535)

/** Bytes. 576 is what every IPv4 host takes (RFC 791); IPv6 needs 1280, which the set of documents is checked for. */
export const mtu = wholeNumber(576, 65535)

export const text = z.string({ error: 'a text' })

export const dnsLabel = z
  .string({ error: 'a name (in quotes if it looks like a number)' })
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, {
    error: 'a DNS label: at most 63 lower-case letters, digits and hyphens, with no hyphen at either end',
  })

/** A DNS subdomain (RFC 1123), as Kubernetes names nodes: some clouds name theirs by host name and domain. */
export const nodeName = z
  .string({ error: 'a name (in quotes if it looks like a number)' })
  .regex(/^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/, {
    error:
      'a DNS name: lower-case letters, digits and hyphens, with no hyphen at either end (63 at most), and dots between such labels',
  })

export const prefix = parsed('a prefix such as 10.42.0.0/16', (source): Prefix => parsePrefix(source))

export const address = parsed('an address such as 172.16.0.11', (source): Address => parseAddress(source))

/** The address of a machine with the length of its subnet: host bits may be set. */
export const privateAddress = parsed('an address with its prefix length such as 172.31.0.11/20', parsePrivateAddress)

/** An address or a DNS name. */
export const host = parsed('an address or a DNS name', (source): Address | string => {
  if (/^[0-9.]+$/.test(source) || source.includes(':')) return parseAddress(source)
  if (DNS_NAME.test(source)) return source.toLowerCase()
  throw new Error(`"${clip(source)}" is neither an address nor a DNS name`)
})

/** A DNS name. */
export const hostName = parsed('a DNS name such as n1.example.net', (source): string => {
  if (/^[0-9.]+$/.test(source) || !DNS_NAME.test(source)) throw new Error(`"${clip(source)}" is not a DNS name`)
  return source.toLowerCase()
})

/** RFC 1123, with a dot at the end if it must be. */
const DNS_NAME = /^(?=.{1,253}\.?$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.?$/i

function parsePrivateAddress(source: string): PrivateAddress {
  const slash = source.indexOf('/')
  if (slash < 0) {
    const address = parseAddress(source)
    const example = address.family === 4 ? 24 : 64
    throw new Error(`"${source}" has no prefix length; write ${source}/${example}, or whatever its subnet has`)
  }
  const address = parseAddress(source.slice(0, slash))
  // The prefix of one address never has host bits: what is left to be wrong is the length.
  const digits = source.slice(slash + 1)
  const most = address.family === 4 ? 32 : 128
  if (!/^(0|[1-9]\d{0,2})$/.test(digits) || Number(digits) > most) {
    throw new Error(`"${source}" has the length "${clip(digits)}", which is no number from 0 to ${most}`)
  }
  return { address, length: Number(digits) }
}

/** A text that one of the model's own parsers reads; what the parser says of it is said. */
function parsed<Value>(expected: string, parse: (source: string) => Value) {
  return z.string({ error: expected }).transform((source, context): Value => {
    try {
      return parse(source)
    } catch (cause) {
      context.addIssue({ code: 'custom', message: explain(source, expected, cause) })
      return z.NEVER
    }
  })
}

function explain(source: string, expected: string, cause: unknown): string {
  // `[10.42.1.0/24 10.42.2.0/24]` is one text to YAML.
  if (/\S[\s"']+\S/.test(source)) return `"${clip(source)}" has a space in it: is a comma missing? expected ${expected}`
  if (source.length > LONGEST) return `"${clip(source)}" is too long; expected ${expected}`
  return cause instanceof Error ? cause.message : `"${source}" is not ${expected}`
}

/** Characters of a text that an error repeats. */
const LONGEST = 64
export const clip = (source: string): string => (source.length > LONGEST ? `${source.slice(0, LONGEST - 3)}…` : source)
