// What docs/networks.md says of each field, for those who ask `kubectl explain`.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const PAGE = join(import.meta.dirname, '../../docs/networks.md')

/** By field as the page writes it (`endpoint.port`, `conditions[].type`): a sentence, and what holds where it is left out. */
export function fieldDescriptions(kind: string): ReadonlyMap<string, string> {
  const section = readFileSync(PAGE, 'utf8').split(`\n### ${kind}\n`)[1]?.split('\n#')[0] ?? ''
  const rows = section.matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|/gm)
  return new Map([...rows].map(([, field = '', says = '', left = '']) => [field, sentence(plain(says), plain(left))]))
}

function sentence(says: string, left: string): string {
  const first = `${says.charAt(0).toUpperCase()}${says.slice(1)}.`
  return left.startsWith('-') || left.startsWith('needed') ? first : `${first} Left out: ${left}.`
}

/** Without the page's links and emphasis. */
const plain = (markdown: string): string =>
  markdown
    .replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')
    .replace(/\*+|`/g, '')
    .trim()
