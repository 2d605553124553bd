// One fact of a node, of which several sources may speak: the first that says something right counts.
import { clip } from '../model/index.ts'

export type Fact<Value> = {
  /** Left out: no source says it. */
  readonly value?: Value
  readonly problems: readonly string[]
}

export type Source<Value> = {
  /** As in `annotation damask.dev/site`. */
  readonly name: string
  /** Undefined: it says nothing. */
  readonly said: Said<Value> | undefined
}

export type Said<Value> =
  | { readonly kind: 'right'; readonly value: Value; readonly problems?: readonly string[] }
  /** `expected` goes on after "expected". */
  | { readonly kind: 'wrong'; readonly found: string; readonly expected: string }

export const right = <Value>(value: Value): Said<Value> => ({ kind: 'right', value })

/** `otherwise` says what is so where no source speaks, as in `the node is a site of its own`. */
export function firstSaid<Value>(sources: readonly Source<Value>[], otherwise: string): Fact<Value> {
  const wrong: string[] = []
  for (const { name, said } of sources) {
    if (said === undefined) continue
    if (said.kind === 'right') {
      const problems = [...wrong.map((what) => `${what}; ${name} counts instead`), ...(said.problems ?? [])]
      return { value: said.value, problems }
    }
    wrong.push(`${name} is "${clip(said.found)}"; expected ${said.expected}`)
  }
  return { problems: wrong.map((what) => `${what}; until then ${otherwise}`) }
}

/** The source that an annotation is; `read` is asked where it is there and not empty. */
export function annotation<Value>(
  annotations: Readonly<Record<string, string>>,
  name: string,
  read: (text: string) => Said<Value>,
): Source<Value> {
  const text = annotations[name]?.trim()
  return { name: `annotation ${name}`, said: text === undefined || text === '' ? undefined : read(text) }
}
