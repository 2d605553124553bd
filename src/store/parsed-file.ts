// One file, read as far as it can be read alone: its resources, and what is wrong with the others.
import { type Document, visit } from 'yaml'
import { type Claim, type Resource, readResource } from '../model/index.ts'
import { decodeText } from './decode-text.ts'
import { fileIssue, type Issue } from './issue.ts'
import { firstAlias, type SyntaxProblem, syntaxProblems } from './syntax-problem.ts'
import { parseYamlFile, positionOf, toPosition, type YamlFile } from './yaml-file.ts'

/** Small: nothing of the text or of the YAML nodes is kept. */
export type ParsedFile = {
  readonly resources: readonly ParsedResource[]
  /** What the documents that cannot be used may have been. */
  readonly claims: readonly Claim[]
  readonly issues: readonly Issue[]
}

export type ParsedResource = {
  readonly resource: Resource
  /** Among the documents of the file that are not empty. */
  readonly documentIndex: number
}

/** A file of which nothing is known: nobody can say what is missing then. */
export const unreadFile = (issue: Issue): ParsedFile => ({ resources: [], claims: [{}], issues: [issue] })

export function parseFile(file: string, bytes: Buffer): ParsedFile {
  const decoded = decodeText(bytes)
  if (decoded.kind === 'not-text') {
    const { line, column, message } = decoded
    return unreadFile({ file, line, column, message, severity: 'error' })
  }
  try {
    return parseDocuments(file, parseYamlFile(decoded.text))
  } catch (cause) {
    // The parser runs out of stack on what is nested by the thousand.
    const said = cause instanceof Error ? cause.message : String(cause)
    return unreadFile(fileIssue(file, `the file cannot be read as YAML: ${said}`))
  }
}

function parseDocuments(file: string, yaml: YamlFile): ParsedFile {
  if (yaml.documents.length === 0) {
    return unreadFile(fileIssue(file, 'the file holds no document; expected apiVersion, kind, metadata and spec'))
  }
  const resources: ParsedResource[] = []
  const claims: Claim[] = []
  const issues: Issue[] = []
  for (const [documentIndex, document] of yaml.documents.entries()) {
    const value = documentValue(document, yaml.text)
    if (value.kind === 'broken') {
      claims.push({})
      issues.push(...value.problems.map((problem) => syntaxIssue(file, yaml, problem)))
      continue
    }
    const read = readResource(value.value)
    if (read.kind === 'resource') {
      resources.push({ resource: read.resource, documentIndex })
      continue
    }
    claims.push(read.claim)
    for (const { path, at, message } of read.problems) {
      issues.push({ file, ...positionOf(yaml, documentIndex, path, at), message, severity: 'error' })
    }
  }
  // Thousands of files have nothing of the second and third.
  return { resources, claims: claims.length > 0 ? claims : NONE, issues: issues.length > 0 ? issues : NONE }
}

const NONE: readonly never[] = []

type DocumentValue =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'broken'; readonly problems: readonly SyntaxProblem[] }

function documentValue(document: Document.Parsed, text: string): DocumentValue {
  const problems = syntaxProblems(document, text)
  if (problems.length > 0) return { kind: 'broken', problems }
  ownTexts(document)
  try {
    return { kind: 'value', value: document.toJS({ maxAliasCount: MOST_ALIASES }) }
  } catch {
    const message = 'the aliases of this document unfold to too much; write the values out'
    return { kind: 'broken', problems: [{ offset: firstAlias(document), message }] }
  }
}

/** V8 keeps a text alive for each piece of it that is kept and has 13 characters or more: pieces become texts of their own. */
function ownTexts(document: Document.Parsed): void {
  visit(document, {
    Scalar(key, scalar) {
      const { value } = scalar
      if (key !== 'key' && typeof value === 'string' && value.length > 12) scalar.value = Buffer.from(value).toString()
    },
  })
}

/** How often an alias may stand for something that holds aliases itself: more is an attack on memory. */
const MOST_ALIASES = 100

function syntaxIssue(file: string, { lineCounter }: YamlFile, { offset, message, otherOffset }: SyntaxProblem): Issue {
  const other = otherOffset === undefined ? undefined : toPosition(lineCounter, otherOffset)
  const where = other === undefined ? '' : `; the other is at ${file}:${other.line}:${other.column}`
  return { file, ...toPosition(lineCounter, offset), message: `${message}${where}`, severity: 'error' }
}
