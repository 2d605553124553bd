// Whether what is printed may be in colour: on a terminal, unless NO_COLOR (https://no-color.org) or --color says otherwise.
import { Option } from 'commander'

const WISHES = ['auto', 'always', 'never'] as const
export type ColourWish = (typeof WISHES)[number]

export const colourOption = (): Option =>
  new Option('--color <when>', 'colour; auto: on a terminal, and never where NO_COLOR is set')
    .choices(WISHES)
    .default('auto')

export type ColourSurroundings = {
  readonly isTerminal: boolean
  /** Variables of the environment. */
  readonly noColor: string | undefined
  readonly term: string | undefined
}

/** What `auto` comes to. */
export const allowsColour = ({ isTerminal, noColor = '', term }: ColourSurroundings): boolean =>
  isTerminal && noColor === '' && term !== 'dumb'

/** What the command line asks for; it must be known before there is a command to parse it. */
export function colourWish(words: readonly string[]): ColourWish {
  const { wish } = splitColour(words)
  return WISHES.find((known) => known === wish) ?? 'auto'
}

/** The words of the command line without `--color` and what follows it. */
export const wordsWithoutColour = (words: readonly string[]): readonly string[] => splitColour(words).rest

function splitColour(words: readonly string[]): { readonly wish?: string; readonly rest: readonly string[] } {
  const end = words.indexOf('--')
  const ours = end === -1 ? words : words.slice(0, end)
  const at = ours.findLastIndex((word) => word === '--color' || word.startsWith('--color='))
  const word = ours[at]
  if (word === undefined) return { rest: words }
  const taken = word === '--color' ? 2 : 1
  const wish = taken === 2 ? ours[at + 1] : word.slice('--color='.length)
  return { ...(wish !== undefined && { wish }), rest: [...words.slice(0, at), ...words.slice(at + taken)] }
}
