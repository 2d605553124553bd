// The same text about another node: what is left of it when names, addresses, keys and ids are taken for any.

const WORD = /[A-Za-z0-9?][A-Za-z0-9.:/+=?_-]*/g
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}(\/\d+|:\d+)?$/
const IPV6 = /^[0-9a-f]*:[0-9a-f:.]*(\/\d+)?$/i
const KEY = /^[A-Za-z0-9+/]{43}=$|^\?/
/** Ids of next hops; other numbers (sizes, ports, tables) tell entries apart. */
const ID = /^3[67]\d{8}(\/3[67]\d{8})*$/

/** `names`: of nodes and sites. */
export const alikeText = (text: string, names: ReadonlySet<string>): string =>
  text
    .replace(WORD, (word) => {
      const bare = word.replace(/[:.]+$/, '')
      const ending = word.slice(bare.length)
      const isName = names.has(bare) || names.has(bare.replace(/^(Node|Site)\//, ''))
      if (isName) return `NAME${ending}`
      return IPV4.test(bare) || IPV6.test(word) || KEY.test(bare) || ID.test(bare) ? `VALUE${ending}` : word
    })
    .replace(/VALUE(, ?VALUE)+/g, 'VALUES')
    .replace(/NAME(, NAME)+/g, 'NAMES')
    .replace(/and \d+ more\b/g, 'and more')
