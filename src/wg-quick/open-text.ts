// Files that editors wrote in a form that wg-quick does not read.

type Opened = {
  /** Undefined where nothing in it can be read. */
  readonly text?: string
  readonly problem?: { readonly what: string; readonly write: string }
}

const BYTE_ORDER_MARK = '\uFEFF'

/** A byte order mark becomes a blank, so that columns stay. */
export function openText(text: string): Opened {
  if (text.includes('\0'))
    return { problem: { what: 'the file is no text in UTF-8, but UTF-16 or no text at all', write: 'it as UTF-8' } }
  if (!text.startsWith(BYTE_ORDER_MARK)) return { text }
  return {
    text: text.replace(BYTE_ORDER_MARK, ' '),
    problem: {
      what: 'a byte order mark stands before the first character, and wg-quick takes it for a part of the line',
      write: 'the file as UTF-8 without one',
    },
  }
}
