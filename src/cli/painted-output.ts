// What a person should see first in the longer texts of commands, in colour. The texts themselves are made by rooms that know
// nothing of terminals, so that what is piped away or compared with a golden file is the same without.
import type { Paint } from './paint.ts'

type Colouring = readonly (readonly [words: RegExp, colour: keyof Paint])[]

const LAB_RESULT: Colouring = [
  // A cell of the matrix where not all pairs arrived.
  [/(?<= )\d+\/\d+(?= |$)/gm, 'bad'],
  [/^(\d+) of \1 pairs arrived/gm, 'good'],
  [/^(\d+) of (?!\1 )\d+ pairs arrived/gm, 'bad'],
  [/^ {2}\S+ -> \S+ IPv[46] [^:]+(?=:)/gm, 'bad'],
  [/^0 packets in the clear$/gm, 'good'],
  [/^[1-9]\d* packets? in the clear$/gm, 'bad'],
  [/^fell short(?=:)/gm, 'bad'],
]

const STATUS: Colouring = [
  [/(?<=^(ready|converged) +)yes$/gm, 'good'],
  [/(?<=^ready +)no$/gm, 'bad'],
  [/(?<=^converged +)no$/gm, 'warning'],
  [/^(not ready|failing|error)(?=$| {2})/gm, 'bad'],
  [/^(not converged|converged, but)$/gm, 'warning'],
  [/^drift: [1-9]\d* put back$/gm, 'warning'],
  [/^ {2}warning(?= )/gm, 'warning'],
  [/^ {2}error(?= )/gm, 'bad'],
  [/^trouble$/gm, 'bad'],
]

export const paintLabResult = (text: string, paint: Paint): string => colour(text, LAB_RESULT, paint)
export const paintStatus = (text: string, paint: Paint): string => colour(text, STATUS, paint)

const colour = (text: string, colouring: Colouring, paint: Paint): string =>
  colouring.reduce((painted, [words, name]) => painted.replace(words, (found) => paint[name](found)), text)
