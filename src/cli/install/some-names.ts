// A list for a sentence, however long it is.

const MOST_NAMED = 5

/** The first five, and how many more. */
export const someNames = (names: readonly string[]): string =>
  names.length <= MOST_NAMED
    ? names.join(', ')
    : `${names.slice(0, MOST_NAMED).join(', ')} and ${names.length - MOST_NAMED} more`
