import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDirectoryStore } from './directory-store.ts'
import { describeStore, toManifest } from './store.conformance.ts'

describeStore('a folder of files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'damask-store-'))
  const store = openDirectoryStore({ directory: folder })
  const pathOf = (kind: string, name: string): string => join(folder, `${kind.toLowerCase()}-${name}.yaml`)
  return {
    store,
    // JSON is YAML.
    put: async (document) => writeFileSync(pathOf(document.kind, document.name), JSON.stringify(toManifest(document))),
    remove: async (kind, name) => rmSync(pathOf(kind, name)),
    close: async () => {
      store.close()
      rmSync(folder, { recursive: true })
    },
  }
})
