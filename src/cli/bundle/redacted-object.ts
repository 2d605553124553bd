// An object of the API as a bug report may have it: without what other programs wrote beside it, and with the names of settings in place of
// their values.
import type { KubernetesObject } from '../../store/index.ts'

export type RedactedObject = { readonly object: unknown; readonly withheld: number }

/** Annotations that plans are made of; what any other program keeps in one is its own. */
const KNOWN_ANNOTATIONS = /^(?:damask\.dev|kilo\.squat\.ai|deprecated\.daemonset|deployment\.kubernetes\.io)\//

/** Fields of that name hold a secret, wherever they are; objects and lists are only gone through. */
const SECRET_FIELD =
  /passw(?:or)?d|passphrase|token|secret|private-?key|preshared-?key|client-(?:key|certificate)|credential|authorization|cookie/i
/** They name one. */
const NAME_FIELD = /(?:name|ref|path|file|policy|type|kind|audience)s?$/i

/** Of the machine or of whoever changed it last, and of no use here. */
const LEFT_OUT = new Set(['managedFields', 'machineID', 'systemUUID', 'bootID', 'images', 'selfLink'])

export function redactObject(source: KubernetesObject): RedactedObject {
  let withheld = 0
  const withhold = (name: string): string => {
    withheld++
    return `[withheld: ${name}]`
  }

  function walk(value: unknown, path: readonly string[]): unknown {
    if (Array.isArray(value)) return value.map((each) => walk(each, path))
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).filter(([key]) => !LEFT_OUT.has(key))
    return Object.fromEntries(entries.map(([key, each]) => [key, field(key, each, path)]))
  }

  function field(key: string, value: unknown, path: readonly string[]): unknown {
    const parent = path.at(-1)
    if (key === 'annotations' && isRecord(value)) return annotations(value)
    // Environment variables: the name says enough.
    if (key === 'value' && parent === 'env' && value !== '') return withhold('value of a variable')
    if (source.kind === 'Secret' && path.length === 0 && (key === 'data' || key === 'stringData') && isRecord(value))
      return Object.fromEntries(Object.keys(value).map((name) => [name, withhold('data of a Secret')]))
    if (typeof value === 'string' && value !== '' && SECRET_FIELD.test(key) && !NAME_FIELD.test(key))
      return withhold(key)
    return walk(value, [...path, key])
  }

  function annotations(all: Readonly<Record<string, unknown>>): unknown {
    return Object.fromEntries(
      Object.entries(all).map(([key, value]) => [key, KNOWN_ANNOTATIONS.test(key) ? value : withhold('annotation')]),
    )
  }

  return { object: walk(source, []), withheld }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
