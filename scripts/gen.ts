// `npm run gen`: writes what is made of the schemas, of the manifests, and of what commands print. A test compares.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { GENERATED_FOLDERS, generatedChart, generatedDefinitions, generatedPages } from './gen/generated-files.ts'

const root = join(import.meta.dirname, '..')

// The chart is made of what is written first.
const files = new Map(write(generatedDefinitions()))
for (const [path, text] of write(await generatedChart())) files.set(path, text)
for (const [path, text] of write(await generatedPages())) files.set(path, text)
for (const folder of GENERATED_FOLDERS)
  for (const name of readdirSync(join(root, folder)))
    if (!files.has(`${folder}/${name}`)) rmSync(join(root, folder, name))
console.error(`wrote ${files.size} files`)

function write(texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  for (const [path, text] of texts) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return texts
}
