// Mutation tests of the verifier, in a copy of the project: how many of its mutants the tests kill, and which survive unexplained
// (test/mutants/survivors.json). Of so many lines (MUTANT_LINES), chosen by MUTANT_SEED, of `all`, or of those that were left unexplained
// (`last`); MUTANT_FILES=carry,walk of those files alone.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Stryker } from '@stryker-mutator/core'
import { sampledLines } from '../test/mutants/sampled-lines.ts'
import { type Explained, outdated, placesOf, type Survivor, unexplained } from '../test/mutants/survivor.ts'

const ROOM = 'src/verifier'
const EXPLAINED = 'test/mutants/survivors.json'
const LAST = 'dist/mutants.json'
const LEAST_SCORE = 90
const { MUTANT_LINES = '420', MUTANT_SEED = '20261122', MUTANT_FILES } = process.env

const asked = MUTANT_FILES?.split(',')
const files = readdirSync(ROOM)
  .filter((name) => /^[a-z-]+\.ts$/.test(name) && (asked?.includes(name.slice(0, -3)) ?? true))
  .map((name) => join(ROOM, name))
const linesToMutate = (): readonly string[] => {
  if (MUTANT_LINES === 'all') return files
  if (MUTANT_LINES !== 'last') return sampledLines(files, MUTANT_SEED, Number(MUTANT_LINES))
  const last: readonly Survivor[] = JSON.parse(readFileSync(LAST, 'utf8'))
  return [...new Set(last.flatMap(placesOf))]
}
const mutate = linesToMutate()
const results = await new Stryker({
  mutate: [...mutate],
  mutator: { excludedMutations: ['StringLiteral', 'Regex'], plugins: null },
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutants/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  concurrency: availableParallelism(),
  timeoutMS: 30_000,
  tempDirName: join(tmpdir(), 'damask-mutants'),
  cleanTempDir: 'always',
  ignorePatterns: ['/*', '!src', '!test', '!examples', '!package.json', '!tsconfig.base.json'],
  // Stryker reads tsconfig.json by an interface that TypeScript 7 has no more; it needs none.
  tsconfigFile: 'none',
  checkers: [],
  reporters: ['html', 'progress-append-only'],
  htmlReporter: { fileName: 'dist/mutants.html' },
  allowConsoleColors: process.stdout.isTTY === true,
}).runMutationTest()

const ofStatus = (...statuses: readonly string[]) => results.filter(({ status }) => statuses.includes(status))
const killed = ofStatus('Killed', 'Timeout').length
const survivors = ofStatus('Survived', 'NoCoverage').map((mutant) => {
  const file = relative('.', mutant.fileName)
  const { line: number } = mutant.location.start
  const line = readFileSync(file, 'utf8').split('\n')[number - 1]?.trim() ?? ''
  const replacement = (mutant.replacement ?? '').replace(/\s+/g, ' ').slice(0, 120)
  return { place: `${file}:${number}`, file, line, operator: mutant.mutatorName, replacement }
})
const tried = killed + survivors.length
const score = (100 * killed) / tried
const explained: readonly Explained[] = JSON.parse(readFileSync(EXPLAINED, 'utf8'))
const strangers = unexplained(survivors, explained)
const old = outdated(explained)
mkdirSync('dist', { recursive: true })
writeFileSync(LAST, JSON.stringify(strangers, null, 2))
const described = (survivor: Survivor & { readonly place?: string }): string =>
  `  ${survivor.place ?? survivor.file}: ${survivor.operator}\n    ${survivor.line}\n    -> ${survivor.replacement}`
console.log(
  [
    `${tried} mutants, ${killed} killed (${score.toFixed(1)} %), ${survivors.length} survive, ${strangers.length} of them unexplained (dist/mutants.html shows them)`,
    ...strangers.map(described),
    ...(old.length > 0 ? [`${EXPLAINED} explains lines that are no more:`, ...old.map(described)] : []),
  ].join('\n'),
)
if (score < LEAST_SCORE || strangers.length > 0 || old.length > 0) process.exitCode = 1
