// Takes out of a text what nobody else may read: private keys, tokens, passwords. What is public is not asked after, so that a mistake leaves
// something out, and lets nothing out.

export type Redacted = { readonly text: string; readonly withheld: number }

type Secret = {
  /** What is written in its place. */
  readonly name: string
  readonly pattern: RegExp
  /** What is found, with its groups: false leaves it as it is. Left out: always. */
  readonly isSecret?: (groups: readonly string[], publicKeys: ReadonlySet<string>) => boolean
}

/** Of WireGuard: 32 bytes in base64. The last digit holds four bits, and two that are zero. */
const KEY = '[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]='

const NAMES =
  '[\\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|preshared[-_]?key|client-key-data|client-certificate-data|credential)s?'

// A group named `kept` stays in front of what is withheld. The order counts: what is long comes before its parts.
const SECRETS: readonly Secret[] = [
  {
    name: 'private key',
    // A log may begin or end in the middle of one.
    pattern:
      /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:[\s\S]*?-----END [A-Z0-9 ]*PRIVATE KEY-----|[A-Za-z0-9+/=\s\\]*)|[A-Za-z0-9+/=\s\\]{20,}-----END [A-Z0-9 ]*PRIVATE KEY-----/g,
  },
  // Base64 of "-----BEGIN": certificates and keys as kubeconfig files and Secrets have them.
  { name: 'PEM', pattern: /(?<![A-Za-z0-9+/])LS0tLS1CRUdJTi[A-Za-z0-9+/=]+/g },
  { name: 'token', pattern: /\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g },
  // Of k3s: the hash of its certificate, and a user with a password.
  { name: 'token', pattern: /\bK10[0-9a-f]{64}::[^\s"']+/g },
  // Of kubeadm: six characters and sixteen.
  {
    name: 'token',
    pattern: /(?<![\w.-])[a-z0-9]{6}\.[a-z0-9]{16}(?![\w.-])/g,
    isSecret: ([all = '']) => /\d/.test(all),
  },
  { name: 'credentials', pattern: /(?<kept>\b(?:Bearer|Basic)\s+)[A-Za-z0-9._~+/-]{8,}=*/gi },
  { name: 'password', pattern: /(?<kept>\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"']*:)[^\s/@"']+(?=@)/gi },
  {
    name: 'value',
    pattern: new RegExp(
      `(?<kept>(?<![\\w.-])["']?${NAMES}\\\\?["']?\\s*[=:]\\s*)(?:\\\\?"(?:[^"\\\\]|\\\\[^"])+\\\\?"|'[^']+'|[^\\s"',;{}[\\]]+)`,
      'gi',
    ),
    isSecret: ([all = '']) => !/[=:]\s*\\?["']?(?:true|false|null|none|\d{1,9}|\[withheld.*)\\?["']?$/i.test(all),
  },
  {
    name: 'value',
    pattern: new RegExp(`(?<kept>(?<!\\S)--?${NAMES}\\s+)[^\\s-][^\\s]*`, 'gi'),
    isSecret: ([all = '']) => !all.includes('[withheld'),
  },
  {
    name: 'key',
    pattern: new RegExp(`(?<![A-Za-z0-9+/])${KEY}(?![A-Za-z0-9+/=])`, 'g'),
    isSecret: ([key = ''], publicKeys) => !publicKeys.has(key),
  },
]

/** `publicKeys`: those that are known to be no secret. */
export function redactText(text: string, publicKeys: ReadonlySet<string>): Redacted {
  let withheld = 0
  let redacted = text
  for (const { name, pattern, isSecret } of SECRETS) {
    redacted = redacted.replace(pattern, (...found) => {
      const groups = found.filter((each): each is string => typeof each === 'string')
      if (isSecret?.(groups, publicKeys) === false) return groups[0] ?? ''
      withheld++
      const last: unknown = found.at(-1)
      const kept = typeof last === 'object' && last !== null && 'kept' in last ? String(last.kept) : ''
      return `${kept}[withheld: ${name}]`
    })
  }
  return { text: redacted, withheld }
}

/** What a document names as public. Not of logs: who writes one may be mistaken. */
export const publicKeysIn = (text: string): readonly string[] =>
  [...text.matchAll(new RegExp(`"publicKey"\\s*:\\s*"(${KEY})"`, 'g'))].flatMap(([, key]) => key ?? [])
