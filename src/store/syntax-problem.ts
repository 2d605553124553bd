// What YAML itself finds wrong with a document, in a sentence that says what to do. The parser goes on after an error
// and finds more that only follow from it: one is shown, save for keys that stand twice, which are each an error.
import { type Document, isScalar, type Node, visit, type YAMLError } from 'yaml'
import { clip } from '../model/index.ts'

export type SyntaxProblem = {
  /** In the text, from 0. */
  readonly offset: number
  readonly message: string
  /** The offset of the other half of a contradiction. */
  readonly otherOffset?: number
}

/** Also says that the document holds an alias that cannot be followed, which the parser itself does not look for. */
export function syntaxProblems(document: Document.Parsed, text: string): readonly SyntaxProblem[] {
  const found: readonly YAMLError[] = [...document.errors, ...document.warnings]
  const [first] = found
  if (first === undefined) return unknownAliases(document)
  if (first.code !== 'DUPLICATE_KEY') return [explainError(first, document, text)]
  return found.filter(({ code }) => code === 'DUPLICATE_KEY').map((error) => explainDuplicate(error, document))
}

/** Where the first alias of the document is: what unfolds to too much begins there. */
export function firstAlias(document: Document.Parsed): number {
  let offset = document.contents?.range[0] ?? 0
  visit(document, {
    Alias(_, node) {
      offset = node.range?.[0] ?? offset
      return visit.BREAK
    },
  })
  return offset
}

function unknownAliases(document: Document.Parsed): readonly SyntaxProblem[] {
  const problems: SyntaxProblem[] = []
  const anchors = new Set<string>()
  // In the order of the text: an anchor must stand before its aliases.
  visit(document, {
    Node(_, node) {
      if ('anchor' in node && typeof node.anchor === 'string') anchors.add(node.anchor)
    },
    Alias(_, node) {
      if (anchors.has(node.source)) return
      const message = `*${clip(node.source)} is an alias of nothing: there is no &${clip(node.source)} before it`
      problems.push({ offset: node.range?.[0] ?? 0, message })
    },
  })
  return problems
}

function explainError(error: YAMLError, document: Document.Parsed, text: string): SyntaxProblem {
  const [offset] = error.pos
  if (error.code === 'MISSING_CHAR' && error.message.includes('quote')) {
    return { offset: quoteAround(document, offset), message: 'this quoted text never ends: a closing quote is missing' }
  }
  if (error.code === 'BAD_INDENT') return { offset: firstWord(text, offset), message: explainIndent(error.message) }
  return { offset, message: sentenceFor(error) }
}

function sentenceFor({ code, message }: YAMLError): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'a tab is used as indentation; write spaces'
    case 'BLOCK_IN_FLOW':
      return 'a "key: value" inside the value of another: is a comma missing?'
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a "key: value" inside the value of another: check the indentation, or quote a value that has a colon in it'
    case 'MULTILINE_IMPLICIT_KEY':
      return 'this is no "key: value": is a colon missing, or an indentation wrong?'
    case 'BAD_SCALAR_START':
      return 'a text cannot begin with this character; put it in quotes'
    case 'RESOURCE_EXHAUSTION':
      return 'this is nested too deeply'
    case 'TAG_RESOLVE_FAILED':
      return 'tags (!…) are not known here; leave it out'
    default:
      return `this is not YAML: ${message.charAt(0).toLowerCase()}${clip(message.slice(1))}`
  }
}

function explainIndent(message: string): string {
  if (message.startsWith('Flow')) {
    const [what, end] = message.includes('sequence') ? ['list', ']'] : ['map', '}']
    return `the ${what} before this is not closed: is a comma or a ${end} missing?`
  }
  return 'this does not go on from the line above: check the indentation of both, and that the one above has its colon'
}

/** Indentation errors are found at the start of a line. */
const firstWord = (text: string, offset: number): number => {
  const indent = /^ */.exec(text.slice(offset, offset + 1000))
  return offset + (indent?.[0].length ?? 0)
}

function quoteAround(document: Document.Parsed, end: number): number {
  let offset = end
  visit(document, {
    Scalar(_, { range, type }) {
      if ((type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE') && range && range[1] >= end) offset = range[0]
    },
  })
  return offset
}

function explainDuplicate(error: YAMLError, document: Document.Parsed): SyntaxProblem {
  const [offset] = error.pos
  let problem: SyntaxProblem = { offset, message: 'a key stands twice in this map' }
  visit(document, {
    Map(_, map) {
      const keys = map.items.map(({ key }) => key).filter(isScalar)
      const again = keys.find((key) => startOf(key) === offset)
      const first = again && keys.find((key) => key.value === again.value)
      if (again === undefined || first === undefined) return undefined
      problem = { offset, message: `the key "${clip(String(again.value))}" stands twice`, otherOffset: startOf(first) }
      return visit.BREAK
    },
  })
  return problem
}

const startOf = (node: Node): number => node.range?.[0] ?? 0
