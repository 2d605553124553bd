// What keeps a text from being JSON, at the place where a person would change it. V8 judges; its words are for programmers, and
// it names the token after the mistake.

export type JsonMistake = {
  /** In the text, from 0. */
  readonly offset: number
  readonly message: string
  /** Where that begins which never ends. */
  readonly otherOffset?: number
}

/** Undefined where the text is JSON (RFC 8259). */
export function findJsonMistake(text: string): JsonMistake | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    return explain(text, said, offsetSaid(text, said))
  }
}

/** V8 says a position, or the token alone: then what comes before it is the longest beginning without that complaint. */
function offsetSaid(text: string, said: string): number {
  const [, position] = / at position (\d+)/.exec(said) ?? []
  if (position !== undefined) return Number(position)
  if (!said.startsWith(UNEXPECTED_TOKEN)) return text.length
  let [good, bad] = [0, text.length]
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1
    if (isUnexpectedIn(text.slice(0, middle))) bad = middle
    else good = middle
  }
  return bad - 1
}

const UNEXPECTED_TOKEN = 'Unexpected token'

function isUnexpectedIn(text: string): boolean {
  try {
    JSON.parse(text)
    return false
  } catch (cause) {
    return cause instanceof Error && cause.message.startsWith(UNEXPECTED_TOKEN)
  }
}

function explain(text: string, said: string, offset: number): JsonMistake {
  if (text.trim() === '') return { offset: 0, message: 'there is nothing in it; expected { "Network": … }' }
  const string = unclosedString(text)
  if (string !== undefined && string <= offset)
    return { offset: string, message: 'this text is not closed: a double quote is missing' }
  const before = text.slice(0, offset).trimEnd()
  const [word = ''] = /^(?:[\w.+-]+|.)/su.exec(text.slice(offset)) ?? []
  if (text.slice(offset).trim() === '') return unclosedBracket(text, before.length)
  if (/^['‘’“”]/.test(word)) return { offset, message: 'this is no double quote: JSON takes " alone' }
  if (/^[/#]/.test(word)) return { offset, message: 'JSON has no comments: take this one out' }
  if (before.endsWith(',') && /[}\]]/.test(word))
    return { offset: before.length - 1, message: `this comma is one too many: a ${word} follows` }
  if (said.startsWith('Unexpected non-whitespace'))
    return { offset, message: `the object has ended before this: take out ${word}, or what closed it too early` }
  if (said.startsWith("Expected ','")) return missingComma(text, before, word, offset)
  if (said.startsWith("Expected ':'")) {
    const token = lastToken(before)
    return { offset: before.length, message: `a colon and a value are due after ${token}, as in ${token}: 1` }
  }
  if (/^Expected .*property name/.test(said))
    return { offset, message: `a key in double quotes is due here${/^\w/.test(word) ? `: "${word}"` : ''}` }
  return { offset, message: explainValue(word, said) }
}

function missingComma(text: string, before: string, word: string, offset: number): JsonMistake {
  const open = openBrackets(before).at(-1)
  if (/[}\]]/.test(word) && open !== undefined) {
    const due = CLOSING[text[open] ?? '']
    return { offset, message: `a ${due} is due before this ${word}`, otherOffset: open }
  }
  if (word === ':') return { offset, message: 'this colon follows a value: is a comma or a quote missing before it?' }
  const [token = ''] = /[^\s,:{}[\]"]+$/.exec(before) ?? []
  if (token !== '' && offset === before.length && /^[\w./-]/.test(word)) {
    const [rest = ''] = /^[^\s,}\]]+/.exec(text.slice(offset)) ?? []
    return { offset: offset - token.length, message: unquoted(token + rest) }
  }
  return { offset: before.length, message: `a comma is missing after ${lastToken(before)}` }
}

const unquoted = (word: string): string => `${word} is no value: text stands in double quotes, as in "${word}"`

function explainValue(word: string, said: string): string {
  if (/^(true|false|null)$/i.test(word)) return `${word} is written ${word.toLowerCase()} in JSON`
  if (/^[,}\]:]/.test(word)) return `a value is due before this ${word}`
  if (/^[\d.+-]/.test(word))
    return `${word} is no number of JSON: no + and no 0 in front, a digit on both sides of a point`
  if (/^[A-Za-z_]/.test(word)) return unquoted(word)
  if (word === '\uFEFF') return 'a byte order mark: save the file without one'
  return `this is not JSON: ${said.replace(/ in JSON at position.*|, ".*/s, '')}`
}

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']' }

function unclosedBracket(text: string, offset: number): JsonMistake {
  const open = openBrackets(text).at(-1)
  if (open === undefined) return { offset, message: 'a value is due here' }
  return { offset, message: `a ${CLOSING[text[open] ?? '']} is due here`, otherOffset: open }
}

/** Offsets of the brackets that were not closed, outermost first. */
function openBrackets(text: string): readonly number[] {
  const open: number[] = []
  for (const { 0: sign, index } of text.matchAll(/"(?:\\.|[^"\\])*"|[{}[\]]/g)) {
    if (sign === '{' || sign === '[') open.push(index)
    else if (sign === '}' || sign === ']') open.pop()
  }
  return open
}

/** Where a text begins that goes on past the end of its line, which none of JSON's may. */
function unclosedString(text: string): number | undefined {
  for (const { 0: string, index } of text.matchAll(/"(?:\\.|[^"\\\n])*"?/g))
    if (string.length === 1 || !string.endsWith('"') || /[^\\](\\\\)*\\"$/.test(string)) return index
  return undefined
}

/** `"vxlan"`, `8472`, `}` */
const lastToken = (text: string): string => /(?:"(?:\\.|[^"\\])*"|[^\s,:{}[\]"]+|.)$/su.exec(text)?.[0] ?? 'this'
