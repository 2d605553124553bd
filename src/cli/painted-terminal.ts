import type { ColourWish } from './colour-choice.ts'
import { COLOURED, type Paint, PLAIN, paintIssues } from './paint.ts'
import type { Terminal } from './terminal.ts'

/** Which streams take colour where nobody asked for more or less. */
export type ColourAllowed = { readonly output: boolean; readonly error: boolean }

/** A terminal in the colours that were asked for; words like `warning` of its errors are painted here, once for all commands. */
export function paintedTerminal(terminal: Terminal, wish: ColourWish, allowed: ColourAllowed): Terminal {
  const paintFor = (isAllowed: boolean): Paint => ((wish === 'auto' ? isAllowed : wish === 'always') ? COLOURED : PLAIN)
  const errors = paintFor(allowed.error)
  return {
    ...terminal,
    paint: paintFor(allowed.output),
    printError: (text) => terminal.printError(paintIssues(text, errors)),
  }
}
