// Lines of code to be mutated, as chance has it: the same ones for the same seed, whatever becomes of the lines around them. What spans
// several lines is in the whole run alone.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const NO_CODE = /^\s*(\/\/|\/?\*|import\b|export (type|\*)|readonly\b|type\b|[)}\]]*,?$)/

/** As Stryker names them: `FILE:LINE-LINE`, lines from 1. */
export function sampledLines(files: readonly string[], seed: string, count: number): string[] {
  const lines = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((text, index) =>
        NO_CODE.test(text)
          ? []
          : [{ place: `${file}:${index + 1}-${index + 1}`, lot: lotOf([seed, file, text.trim()].join('\n')) }],
      ),
  )
  const drawn = lines.sort((a, b) => (a.lot < b.lot ? -1 : 1)).slice(0, count)
  return drawn.map(({ place }) => place).sort()
}

const lotOf = (text: string): string => createHash('sha256').update(text).digest('hex')
