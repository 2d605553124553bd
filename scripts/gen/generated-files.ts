// Everything that `npm run gen` writes, as text.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { customResources } from './custom-resources.ts'

const ROOT = join(import.meta.dirname, '../..')
const BIOME = join(ROOT, 'node_modules/.bin/biome')
const CHART = 'packaging/helm/damask'
const DEFINITIONS = 'src/cli/install/crds'

/** What stands there and is not written any more is removed. */
export const GENERATED_FOLDERS: readonly string[] = [DEFINITIONS, `${CHART}/templates`, `${CHART}/crds`]

/** By path in the repository. */
export function generatedDefinitions(): ReadonlyMap<string, string> {
  return new Map(
    customResources().map((definition): [string, string] => {
      const path = `${DEFINITIONS}/${definition.spec.names.plural}.json`
      return [path, houseFormat(path, JSON.stringify(definition))]
    }),
  )
}

/** Of the definitions as they are written now. */
export async function generatedChart(): Promise<ReadonlyMap<string, string>> {
  const { helmChart } = await import('./helm-chart.ts')
  const { version }: { version: string } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  return new Map([...helmChart(version)].map(([path, text]) => [`${CHART}/${path}`, text]))
}

/** Documents with the output of commands: those are run. */
export async function generatedPages(): Promise<ReadonlyMap<string, string>> {
  const { foresightPage } = await import('./foresight-page.ts')
  return new Map([['docs/foresight.md', await foresightPage()]])
}

const houseFormat = (path: string, text: string): string =>
  execFileSync(BIOME, ['format', `--stdin-file-path=${path}`], { input: text, encoding: 'utf8', cwd: ROOT })
