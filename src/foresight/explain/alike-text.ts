// The same text about another node: what is left of it when names, addresses, keys and ids are taken for any.

const WORD = /[A-Za-z0-9?][A-Za-z0-9.:/+=?_-]*/g
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}(\/\d+|:\d+)?$/
const IPV6 = /^[0-9a-f]*:[0-9a-f:.]*(\/\d+)?$/i
const KEY = /^[A-Za-z0-9+/]{43}=$|^\?/
/** Ids of next hops; other numbers (sizes, ports, tables) tell entries apart. */
const ID = /^3[67]\d{8}(\/3[67]\d{8})*$/

/** Takes names, addresses, keys and ids out of one text after the other. `names`: of nodes and sites. */
export function alikeTexts(names: ReadonlySet<string>): (text: string) => string {
  // The same words come again and again.
  const known = new Map<string, string>()
  const alikeWord = (word: string): string => {
    const alike = known.get(word) ?? withoutIdentity(word, names)
    known.set(word, alike)
    return alike
  }
  return (text) =>
    text
      .replace(WORD, alikeWord)
      .replace(/VALUE(, ?VALUE)+/g, 'VALUES')
      .replace(/NAME(, NAME)+/g, 'NAMES')
      .replace(/and \d+ more\b/g, 'and more')
}

function withoutIdentity(word: string, names: ReadonlySet<string>): string {
  const bare = word.replace(/[:.]+$/, '')
  const ending = word.slice(bare.length)
  if (names.has(bare) || names.has(bare.replace(/^(Node|Site)\//, ''))) return `NAME${ending}`
  return IPV4.test(bare) || IPV6.test(word) || KEY.test(bare) || ID.test(bare) ? `VALUE${ending}` : word
}
