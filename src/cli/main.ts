// The program's door to the world: the only file of this room that reads arguments, environment, clock and signals.
import { release } from 'node:os'
import { packageFolder, packageVersion } from './package-folder.ts'
import { runProgram } from './program.ts'

// Whoever read our output has seen enough (`damask plan … | head`).
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

let stop: AbortSignal | undefined
const folder = packageFolder(import.meta.dirname)
await runProgram(process.argv.slice(2), packageVersion(folder), {
  terminal: {
    print: (text) => void process.stdout.write(`${text}\n`),
    printError: (text) => void process.stderr.write(`${text}\n`),
    setExitCode: (code) => {
      process.exitCode = code
    },
  },
  writeError: (text) => void process.stderr.write(text),
  // Asked for by commands that have something to end; the others die of the signal as any program does.
  get signal() {
    stop ??= stopOnSignal()
    return stop
  },
  clock: {
    now: () => Date.now(),
    after(milliseconds, run) {
      const timer = setTimeout(run, milliseconds)
      return () => clearTimeout(timer)
    },
  },
  kernelRelease: release(),
  isRoot: process.geteuid?.() === 0,
  self: [process.execPath, '--max-semi-space-size=1', '--expose-gc', process.argv[1] ?? ''],
})

function stopOnSignal(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => controller.abort())
  return controller.signal
}
