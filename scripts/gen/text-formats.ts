// What an API server can check of texts that our own parsers read. It knows no function for addresses in rules before Kubernetes 1.31, so
// these are patterns (RE2), and arithmetic for the host bits of IPv4. What they let through is refused by agents and the controller, which say so.
import { address, host, prefix, privateAddress } from '../../src/model/resources/field-schemas.ts'

export type Rule = { readonly rule: string; readonly message: string }

export type TextFormat = { readonly maxLength: number; readonly 'x-kubernetes-validations': readonly Rule[] }

const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
const IPV4 = `${OCTET}([.]${OCTET}){3}`
/** RFC 4291, section 2.2, without counting the groups of what has a `::` in it. */
const GROUP = '[0-9a-fA-F]{1,4}'
const IPV6 = `((${GROUP}:){7}${GROUP}|(${GROUP}(:${GROUP}){0,6})?::(${GROUP}(:${GROUP}){0,6})?)`
const IPV4_LENGTH = '(3[0-2]|[12]?[0-9])'
const IPV6_LENGTH = '(12[0-8]|1[01][0-9]|[1-9]?[0-9])'
const ANY_PREFIX = `${IPV4}/${IPV4_LENGTH}|${IPV6}/${IPV6_LENGTH}`
const DNS_LABEL = '[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?'

/** CEL has no shift: the number of addresses by prefix length. And no names for values but in loops, whose cost is estimated too high. */
const SIZES = Array.from({ length: 33 }, (_, length) => 2 ** (32 - length)).join(', ')
const NUMBER = [0, 1, 2, 3].map((index) => `int(self.split('/')[0].split('.')[${index}])`)
const HOST_BITS: Rule = {
  rule:
    "!self.matches('^[0-9]+([.][0-9]+){3}/([0-9]|[12][0-9]|3[0-2])$') || " +
    `(((${NUMBER[0]} * 256 + ${NUMBER[1]}) * 256 + ${NUMBER[2]}) * 256 + ${NUMBER[3]}) % [${SIZES}][int(self.split('/')[1])] == 0`,
  message: 'it has host bits set; write the first address of the prefix, as in 10.42.0.0/16',
}

/** Characters of the longest IPv6 address, and of a prefix of one. */
const ADDRESS_LENGTH = 39
const PREFIX_LENGTH = 43

/** By the schema that reads the text. */
export const TEXT_FORMATS: ReadonlyMap<unknown, TextFormat> = new Map<unknown, TextFormat>([
  [prefix, textFormat(PREFIX_LENGTH, 'a prefix such as 10.42.0.0/16', ANY_PREFIX, HOST_BITS)],
  [privateAddress, textFormat(PREFIX_LENGTH, 'an address with its prefix length such as 172.31.0.11/20', ANY_PREFIX)],
  [address, textFormat(ADDRESS_LENGTH, 'an address such as 172.16.0.11', `${IPV4}|${IPV6}`)],
  [host, textFormat(254, 'an address or a DNS name', `${IPV4}|${IPV6}|(${DNS_LABEL}[.])*${DNS_LABEL}[.]?`)],
])

/** 32 bytes: the last of the 43 digits holds four bits. */
export const PUBLIC_KEY = textFormat(
  44,
  'a WireGuard public key: 32 bytes in base64',
  '[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=',
)

/** A rule and no `pattern`, which the server would repeat in place of a sentence. */
function textFormat(maxLength: number, expected: string, pattern: string, ...more: readonly Rule[]): TextFormat {
  return {
    maxLength,
    'x-kubernetes-validations': [{ rule: `self.matches('^(${pattern})$')`, message: `it is not ${expected}` }, ...more],
  }
}
