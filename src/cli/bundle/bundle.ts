// What is gathered for a bug report: files, what is in each, and what could not be had. Secrets are taken out at the end, of all of them, when
// it is known which keys are public.
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { stringify } from 'yaml'
import type { KubernetesObject } from '../../store/index.ts'
import { type RedactedObject, redactObject } from './redacted-object.ts'
import { publicKeysIn, redactText } from './redacted-text.ts'
import { tarArchive } from './tar-archive.ts'

export type Bundle = {
  /** `about`: what it is, for the index. */
  readonly addText: (name: string, about: string, text: string) => void
  readonly addObjects: (name: string, about: string, objects: readonly KubernetesObject[]) => void
  /** What of this kind stands in it and is named `publicKey` is no secret. */
  readonly trustKeysOf: (text: string) => void
  /** What `make` rejects with is said in the index, and ends nothing else. */
  readonly attempt: (name: string, make: () => Promise<void>) => Promise<void>
  readonly miss: (name: string, why: string) => void
  readonly finish: (folder: string, head: readonly string[], now: number) => Promise<FinishedBundle>
}

export type FinishedBundle = {
  readonly bytes: Buffer
  readonly index: string
  readonly files: number
  readonly missing: number
}

type Entry = { readonly name: string; readonly about: string; readonly text: string; readonly withheld: number }

const zip = promisify(gzip)

export function createBundle(): Bundle {
  const entries: Entry[] = []
  const missing: (readonly [name: string, why: string])[] = []
  const publicKeys = new Set<string>()

  const miss = (name: string, why: string): void => void missing.push([name, why])
  return {
    addText: (name, about, text) => void entries.push({ name, about, text, withheld: 0 }),
    addObjects(name, about, objects) {
      const redacted = objects.map(redactObject)
      const text = documentsText(redacted)
      entries.push({ name, about, text, withheld: redacted.reduce((sum, { withheld }) => sum + withheld, 0) })
    },
    trustKeysOf(text) {
      for (const key of publicKeysIn(text)) publicKeys.add(key)
    },
    async attempt(name, make) {
      try {
        await make()
      } catch (cause) {
        miss(name, cause instanceof Error ? cause.message : String(cause))
      }
    },
    miss,
    async finish(folder, head, now) {
      const files = entries
        .map(({ text, withheld, ...entry }) => {
          const redacted = redactText(text, publicKeys)
          return { ...entry, text: redacted.text, withheld: withheld + redacted.withheld }
        })
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      const index = redactText(indexText(head, files, missing), publicKeys).text
      const archive = [{ name: 'INDEX.txt', text: index }, ...files].map(({ name, text }) => ({
        name: `${folder}/${name}`,
        bytes: Buffer.from(text.endsWith('\n') ? text : `${text}\n`),
      }))
      return {
        bytes: await zip(tarArchive(archive, now / 1000)),
        index,
        files: files.length,
        missing: missing.length,
      }
    },
  }
}

/** YAML without folded lines: a value that is broken in two is not found any more. */
function documentsText(redacted: readonly RedactedObject[]): string {
  if (redacted.length === 0) return '# none\n'
  return redacted.map(({ object }) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n')
}

function indexText(
  head: readonly string[],
  files: readonly Entry[],
  missing: readonly (readonly [name: string, why: string])[],
): string {
  const withheld = files.reduce((sum, entry) => sum + entry.withheld, 0)
  const widest = Math.max(0, ...files.map(({ name }) => name.length))
  return [
    ...head,
    '',
    'Secrets are no part of it: Secrets of the cluster and private keys are not read, and what looks like a key, a token or a password',
    `in what is read says [withheld: …] instead; ${withheld} times here. Names, addresses and public keys are in it: read it before you`,
    'give it away.',
    '',
    'Files',
    ...files.map(({ name, about, withheld: times }) =>
      `  ${name.padEnd(widest)}  ${about}${times === 0 ? '' : ` (${times} withheld)`}`.trimEnd(),
    ),
    '',
    ...(missing.length === 0
      ? ['Nothing that was looked for is missing.']
      : ['Not in it', ...missing.map(([name, why]) => `  ${name}: ${why.replaceAll('\n', ' ')}`)]),
    '',
  ].join('\n')
}
