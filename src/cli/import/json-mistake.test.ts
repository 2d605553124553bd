import { expect, test } from 'vitest'
import { findJsonMistake } from './json-mistake.ts'

const PUBLISHED = `{
  "Network": "10.42.0.0/16",
  "EnableIPv6": false,
  "Backend": {
    "Type": "vxlan"
    "Directrouting": true
  }
}`

/** The text up to the mistake, and what is said of it. */
const mistakeIn = (text: string) => {
  const mistake = findJsonMistake(text)
  return mistake && `${text.slice(0, mistake.offset)}‸ ${mistake.message}`
}

test('the comma that a published example lacks is missed where it belongs', () => {
  const mistake = findJsonMistake(PUBLISHED)
  expect(mistake?.message).toBe('a comma is missing after "vxlan"')
  expect(PUBLISHED.slice(0, mistake?.offset)).toMatch(/"Type": "vxlan"$/)
})

test.each([
  ['{"a": 1 "b": 2}', '{"a": 1‸ a comma is missing after 1'],
  ['{"a": {} "b": 2}', '{"a": {}‸ a comma is missing after }'],
  ['{"a": [1 2]}', '{"a": [1‸ a comma is missing after 1'],
  ['{"a": 1,}', '{"a": 1‸ this comma is one too many: a } follows'],
  ['{"a": [1,]}', '{"a": [1‸ this comma is one too many: a ] follows'],
  ['{"a" 1}', '{"a"‸ a colon and a value are due after "a", as in "a": 1'],
  ['{"a"}', '{"a"‸ a colon and a value are due after "a", as in "a": 1'],
  ['{"a": }', '{"a": ‸ a value is due before this }'],
  ['{a: 1}', '{‸ a key in double quotes is due here: "a"'],
  ["{'a': 1}", '{‸ this is no double quote: JSON takes " alone'],
  ['{“a”: 1}', '{‸ this is no double quote: JSON takes " alone'],
  ['{"a": True}', '{"a": ‸ True is written true in JSON'],
  ['{"a": vxlan}', '{"a": ‸ vxlan is no value: text stands in double quotes, as in "vxlan"'],
  ['{"a": 10.42.0.0/16}', '{"a": ‸ 10.42.0.0/16 is no value: text stands in double quotes, as in "10.42.0.0/16"'],
  ['{"a": 1', '{"a": 1‸ a } is due here'],
  ['{"a": [1}', '{"a": [1‸ a ] is due before this }'],
  ['{"a": 1}}', '{"a": 1}‸ the object has ended before this: take out }, or what closed it too early'],
  ['{"a": "b}', '{"a": ‸ this text is not closed: a double quote is missing'],
  ['{"a": "b\n, "c": 1}', '{"a": ‸ this text is not closed: a double quote is missing'],
  ['{"a": 1 // why\n}', '{"a": 1 ‸ JSON has no comments: take this one out'],
  ['# why\n{}', '‸ JSON has no comments: take this one out'],
  ['', '‸ there is nothing in it; expected { "Network": … }'],
  ['{"a": 1}', undefined],
  ['{"a": "a \\" b", "b": "\\\\"}', undefined],
])('%j', (text, expected) => {
  expect(mistakeIn(text)).toBe(expected)
})

test('whatever is cut off or put in, there is a sentence at a place inside the text', () => {
  const whole = PUBLISHED.replace('"vxlan"', '"vxlan",')
  expect(findJsonMistake(whole)).toBeUndefined()
  for (let at = 0; at < whole.length; at++) {
    for (const broken of [
      whole.slice(0, at),
      whole.slice(0, at) + whole.slice(at + 1),
      `${whole.slice(0, at)}~${whole.slice(at)}`,
    ]) {
      const mistake = findJsonMistake(broken)
      if (mistake === undefined) continue
      expect(mistake.offset, broken).toBeLessThanOrEqual(broken.length)
      expect(mistake.message, broken).not.toMatch(/position|undefined/)
    }
  }
})
