// The program's door to the world: the only file of this room that reads arguments, environment, clock and signals.
import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { runProgram } from './program.ts'

const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
// Whoever read our output has seen enough (`damask plan … | head`).
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

await runProgram(process.argv.slice(2), readVersion(), {
  terminal: {
    print: (text) => void process.stdout.write(`${text}\n`),
    printError: (text) => void process.stderr.write(`${text}\n`),
    setExitCode: (code) => {
      process.exitCode = code
    },
  },
  writeError: (text) => void process.stderr.write(text),
  signal: stop.signal,
  clock: {
    now: () => Date.now(),
    after(milliseconds, run) {
      const timer = setTimeout(run, milliseconds)
      return () => clearTimeout(timer)
    },
  },
  kernelRelease: release(),
  isRoot: process.geteuid?.() === 0,
  self: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
})

/** The package stands above this file, both in `src/cli` and bundled in `dist`. */
function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version
    } catch {}
  }
  return 'unknown'
}
