// Files that were each read alone, to one World; and where in the files the World contradicts itself.
import { readFile } from 'node:fs/promises'
import {
  type CheckedWorld,
  type Claim,
  checkWorld,
  type FieldPath,
  formatPath,
  type Lab,
  type Problem,
  type Resource,
  type World,
} from '../model/index.ts'
import { decodeText } from './decode-text.ts'
import { fileIssue, type Issue } from './issue.ts'
import { withoutOwnStatuses } from './own-status.ts'
import type { ParsedFile } from './parsed-file.ts'
import { type Position, parseYamlFile, positionOf, type YamlFile } from './yaml-file.ts'

export type ReadResult = {
  /** None where any issue is an error. */
  readonly world?: World
  readonly lab?: Lab
  readonly issues: readonly Issue[]
}

/** `checked`: to be handed in the next time, when only what changed is looked at. */
export type AssembledWorld = { readonly result: ReadResult; readonly checked: CheckedWorld }

export type StoreFile = {
  readonly parsed: ParsedFile
  /** Where its problems stood, so that a warning that stays is not looked up at each reading. */
  positions?: Map<string, Position>
}

/** `listingIssues`: of paths that gave no file at all. `root` is shown where no file is to blame. */
export async function assembleWorld(
  given: ReadonlyMap<string, StoreFile>,
  listingIssues: readonly Issue[],
  root: string,
  previous: CheckedWorld | undefined,
): Promise<AssembledWorld> {
  const files = withoutOwnStatuses(given)
  const sources = new Map<Resource, Source>()
  for (const [path, file] of files) {
    for (const { resource, documentIndex } of file.parsed.resources)
      sources.set(resource, { path, file, documentIndex })
  }
  const claims: Claim[] = [...files.values()].flatMap(({ parsed }) => parsed.claims)
  // What stands in a file that could not be read may be anything.
  if (listingIssues.length > 0) claims.push({})
  const checked = checkWorld([...sources.keys()], claims, previous)
  const { problems, world, lab } = checked
  const locate = createLocator(sources)
  const found: Issue[] = [...files.values()].flatMap(({ parsed }) => parsed.issues)
  for (const problem of problems) found.push(await toIssue(problem, locate, root))
  const isWrong = [...listingIssues, ...found].some(({ severity }) => severity === 'error')
  const issues = [...listingIssues, ...inReadingOrder(found, files)]
  if (world === undefined || isWrong) return { result: { issues }, checked }
  return { result: lab === undefined ? { world, issues } : { world, lab, issues }, checked }
}

type Source = { readonly path: string; readonly file: StoreFile; readonly documentIndex: number }
type Place = { readonly file: string } & Position
type Locator = (resource: Resource, path: FieldPath, at: 'key' | 'value') => Promise<Place>

async function toIssue(problem: Problem, locate: Locator, root: string): Promise<Issue> {
  const { resource, path, at, severity, other } = problem
  if (resource === undefined) return { ...fileIssue(root, problem.message), severity }
  const place = await locate(resource, path, at)
  if (other === undefined) return { ...place, message: problem.message, severity }
  const { file, line, column } = await locate(other.resource, other.path, 'value')
  return { ...place, message: `${problem.message}; the other is at ${file}:${line}:${column}`, severity }
}

/** Reads and parses a file once more, once, if one of its documents is to blame for something new. */
function createLocator(sources: ReadonlyMap<Resource, Source>): Locator {
  const opened = new Map<string, Promise<YamlFile | undefined>>()
  return async (resource, path, at) => {
    const source = sources.get(resource)
    if (source === undefined) return { file: resource.value.name, line: 1, column: 1 }
    const { file, documentIndex } = source
    const key = `${documentIndex} ${at} ${formatPath(path)}`
    file.positions ??= new Map()
    const known = file.positions.get(key)
    if (known !== undefined) return { file: source.path, ...known }
    const reading = opened.get(source.path) ?? openYamlFile(source.path)
    opened.set(source.path, reading)
    const yaml = await reading
    const position = yaml === undefined ? { line: 1, column: 1 } : positionOf(yaml, documentIndex, path, at)
    file.positions.set(key, position)
    return { file: source.path, ...position }
  }
}

/** Undefined where the file is not any more what was read a moment ago: the next reading says what it is now. */
async function openYamlFile(path: string): Promise<YamlFile | undefined> {
  try {
    const decoded = decodeText(await readFile(path))
    return decoded.kind === 'text' ? parseYamlFile(decoded.text) : undefined
  } catch {
    return undefined
  }
}

function inReadingOrder(issues: readonly Issue[], files: ReadonlyMap<string, StoreFile>): Issue[] {
  const ranks = new Map([...files.keys()].map((path, rank) => [path, rank]))
  const rank = ({ file }: Issue): number => ranks.get(file) ?? -1
  return issues.toSorted((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column)
}
