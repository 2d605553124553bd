// How far a cluster is: on a terminal one line that is drawn again, otherwise a line whenever it is another.
import type { Machine } from './commands.ts'

export type ClusterProgress = { readonly say: (line: string) => void; readonly close: () => void }

/** ECMA-48: back to the first column, then EL, erase to the end of the line. */
const CLEAR_LINE = '\r\x1b[K'

export function openClusterProgress({
  terminal,
  writeError,
  errorColumns,
  clock,
}: Pick<Machine, 'terminal' | 'writeError' | 'errorColumns' | 'clock'>): ClusterProgress {
  const startedAt = clock.now()
  let said: string | undefined
  return {
    say(line) {
      if (errorColumns !== undefined) {
        const seconds = Math.round((clock.now() - startedAt) / 1000)
        // The last column stays empty: some terminals go on to the next line once it is written.
        writeError(
          `${CLEAR_LINE}${`${String(seconds).padStart(4)} s  ${line}`.slice(0, Math.max(errorColumns() - 1, 0))}`,
        )
      } else if (line !== said) terminal.printError(line)
      said = line
    },
    close() {
      if (errorColumns !== undefined && said !== undefined) writeError(CLEAR_LINE)
    },
  }
}
