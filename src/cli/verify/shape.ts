// What a sentence says, whatever it says it of: equal shapes are told once.
import { tryAddress, tryPrefix } from '../../model/index.ts'

const NO_NAMES: ReadonlySet<string> = new Set()

/** With a `*` in place of every address, prefix and name. */
export const shapeOf = (text: string, names: ReadonlySet<string> = NO_NAMES): string =>
  text
    .split(' ')
    .map((word) => {
      const bare = word.replace(/[,;:]$/, '')
      return names.has(bare) || tryAddress(bare) !== undefined || tryPrefix(bare) !== undefined ? '*' : word
    })
    .join(' ')
