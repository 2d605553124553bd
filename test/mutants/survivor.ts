// Mutants that no test kills, each with a reason why that is no matter. Found again by the text of their line, wherever that moves.
import { readFileSync } from 'node:fs'

export type Survivor = {
  readonly file: string
  /** The whole line, without the spaces around it. */
  readonly line: string
  /** Stryker's name of it. */
  readonly operator: string
  readonly replacement: string
}
export type Explained = Survivor & { readonly why: string }

const keyOf = ({ file, line, operator, replacement }: Survivor): string =>
  JSON.stringify([file, line, operator, replacement])

export function unexplained(survivors: readonly Survivor[], explained: readonly Explained[]): Survivor[] {
  const known = new Set(explained.map(keyOf))
  return survivors.filter((one) => !known.has(keyOf(one)))
}

/** Explanations of lines that are no more. */
export const outdated = (explained: readonly Explained[]): Explained[] =>
  explained.filter((one) => placesOf(one).length === 0)

/** Every line of the file that reads like it, as Stryker names lines: `FILE:LINE-LINE`. */
export const placesOf = ({ file, line }: Pick<Survivor, 'file' | 'line'>): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text, index) => (text.trim() === line ? [`${file}:${index + 1}-${index + 1}`] : []))
