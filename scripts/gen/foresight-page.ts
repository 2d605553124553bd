// docs/foresight.md: the sections with what their commands print when they are run.
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FILES, type PageCommand, type PageSection, SECTIONS } from './foresight-sections.ts'

const ROOT = join(import.meta.dirname, '../..')

const HEAD = `# Foresight
What a network will do, before anything is applied; and why a packet goes where it goes. All of it from the documents alone, on any
machine and without root, but where the prompt is \`#\`. What stands below is what the commands printed: \`npm run gen\` runs them
again and writes this page (\`scripts/gen/foresight-sections.ts\`), and a test compares.
`

/** Runs the commands, those of one section one after the other, in a folder that is gone afterwards. */
export async function foresightPage(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'damask-foresight-'))
  try {
    furnish(folder)
    const sections = await Promise.all(SECTIONS.map((section) => sectionText(section, folder)))
    return [HEAD, ...sections].join('\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What runs is the sources, as they are now. */
function furnish(folder: string): void {
  mkdirSync(join(folder, 'bin'))
  const program = join(folder, 'bin', 'damask')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'src/cli/main.ts')}' "$@"\n`)
  chmodSync(program, 0o755)
  for (const name of ['examples', 'test']) symlinkSync(join(ROOT, name), join(folder, name))
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text)
}

async function sectionText({ title, text, commands }: PageSection, folder: string): Promise<string> {
  const runs: string[] = []
  for (const command of commands) runs.push(await commandText(command, folder))
  return [`## ${title}`, text, '', ...runs].join('\n')
}

async function commandText({ text, line, golden, isOnlyShown }: PageCommand, folder: string): Promise<string> {
  const isRun = golden === undefined && !isOnlyShown
  const output = isRun ? await run(line, folder) : golden === undefined ? '' : readGolden(golden)
  const shown = `${isRun ? '$' : '#'} ${line}\n${output}`.trimEnd()
  return [...(text === undefined ? [] : [text, '']), ...shown.split('\n').map(indented), ''].join('\n')
}

const indented = (line: string): string => (line === '' ? '' : `    ${line}`.trimEnd())

const readGolden = (name: string): string => readFileSync(join(ROOT, 'test/golden', name), 'utf8')

/** Both outputs as they come, and the exit code where it is not 0. */
const run = (line: string, folder: string): Promise<string> =>
  new Promise((resolve) => {
    const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, HOME: folder }
    execFile('bash', ['-o', 'pipefail', '-c', `exec 2>&1; ${line}`], { cwd: folder, env }, (error, output) =>
      resolve(error === null ? output : `${output.trimEnd()}\n(exit code ${error.code})`),
    )
  })
