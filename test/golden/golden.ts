// Golden files: what an operator would see, checked in beside this file and compared letter by letter.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sideBySide } from './side-by-side.ts'

export type GoldenSettings = {
  /** Where the files are; this folder unless set. */
  readonly folder?: string
  /** Writes the text instead of comparing; true when UPDATE_GOLDEN=1 unless set. */
  readonly update?: boolean
}

const HERE = dirname(fileURLToPath(import.meta.url))

/** Passes if the text is that of the file `name` (`four-clouds/aws-1.txt`); else throws with both side by side. */
export function expectGolden(name: string, text: string, settings: GoldenSettings = {}): void {
  const { folder = HERE, update = process.env.UPDATE_GOLDEN === '1' } = settings
  const file = join(folder, name)
  if (update) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return
  }
  const golden = tryRead(file)
  if (golden === undefined) throw new Error(`there is no golden file ${name} yet; UPDATE_GOLDEN=1 writes it`)
  if (golden === text) return
  throw new Error(
    `${name} is not what was checked in; if it should be, UPDATE_GOLDEN=1 writes it\n\n${sideBySide(golden, text)}`,
  )
}

function tryRead(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new Error(`cannot read the golden file ${file}`, { cause: error })
  }
}
