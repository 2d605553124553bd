// The text of a file: UTF-8 without NUL, or where it is not.
import { isUtf8 } from 'node:buffer'

export type DecodedText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'not-text'; readonly line: number; readonly column: number; readonly message: string }

export function decodeText(bytes: Buffer): DecodedText {
  const nul = bytes.indexOf(0)
  if (nul >= 0) return notText(bytes, nul, 'a NUL byte: this is a binary file, not YAML in UTF-8')
  if (isUtf8(bytes)) return { kind: 'text', text: withoutMark(bytes.toString('utf8')) }
  return notText(bytes, firstBadByte(bytes), 'a byte that is not UTF-8: save the file as YAML in UTF-8')
}

const withoutMark = (text: string): string => (text.startsWith('\uFEFF') ? text.slice(1) : text)

function firstBadByte(bytes: Buffer): number {
  let good = 0
  let bad = bytes.length
  // A cut inside a good character looks bad too, so the end found is at most three bytes early.
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1
    if (isUtf8(bytes.subarray(0, endOfCharacter(bytes, middle)))) good = middle
    else bad = middle
  }
  return good
}

/** The next byte from here that begins a character; continuation bytes are 10xxxxxx, at most three in a row. */
function endOfCharacter(bytes: Buffer, offset: number): number {
  let end = offset
  while (end < bytes.length && end < offset + 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end++
  return end
}

function notText(bytes: Buffer, offset: number, message: string): DecodedText {
  const before = bytes.toString('utf8', 0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { kind: 'not-text', line: before.split('\n').length, column: before.length - lineStart + 1, message }
}
