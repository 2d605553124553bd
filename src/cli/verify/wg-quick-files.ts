// The wg-quick files of a folder: MACHINE.conf, or MACHINE/INTERFACE.conf.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConfigFile } from '../../wg-quick/index.ts'

const SUFFIX = '.conf'

/** By name; or why there are none, in a sentence. Other files are left alone, and hidden ones, which programs leave beside. */
export async function readConfigFiles(folder: string): Promise<readonly ConfigFile[] | string> {
  try {
    if (!(await stat(folder)).isDirectory())
      return `${folder} is a file, and most mistakes show between files only: give the folder that holds one of each machine`
    const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))
    const files: ConfigFile[] = []
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !entry.name.startsWith('.'))
        for (const name of (await readdir(path)).filter(isConfig).sort())
          files.push(await readConfigFile(join(path, name), entry.name))
      else if (isConfig(entry.name)) files.push(await readConfigFile(path, entry.name.slice(0, -SUFFIX.length)))
    }
    if (files.length > 0) return files
    return `there is no wg-quick file in ${folder}; put one a machine there, as MACHINE.conf or MACHINE/wg0.conf`
  } catch (cause) {
    return `cannot read the wg-quick files in ${folder}: ${cause instanceof Error ? cause.message : cause}`
  }
}

const isConfig = (name: string): boolean => name.endsWith(SUFFIX) && !name.startsWith('.')

const readConfigFile = async (path: string, machine: string): Promise<ConfigFile> => ({
  path,
  machine,
  text: await readFile(path, 'utf8'),
})
