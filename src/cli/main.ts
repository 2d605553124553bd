// The program's door to the world: the only file of this room that reads arguments, environment, clock and signals.
import { homedir, release } from 'node:os'
import { join } from 'node:path'
import { allowsColour, colourWish } from './colour-choice.ts'
import { packageFolder, packageVersion } from './package-folder.ts'
import { paintedTerminal } from './painted-terminal.ts'
import { runProgram } from './program.ts'

// Whoever read our output has seen enough (`damask plan … | head`).
const unread = new Set<NodeJS.WriteStream>()
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    unread.add(stream)
  })
}

let stop: AbortSignal | undefined
const words = process.argv.slice(2)
const folder = packageFolder(import.meta.dirname)
const terminal = {
  print: (text: string) => void process.stdout.write(`${text}\n`),
  isRead: () => !unread.has(process.stdout),
  printError: (text: string) => void process.stderr.write(`${text}\n`),
  setExitCode: (code: number) => {
    process.exitCode = code
  },
}
const {
  NO_COLOR: noColor,
  TERM: term,
  KUBERNETES_SERVICE_HOST: kubernetesHost,
  KUBERNETES_SERVICE_PORT: kubernetesPort = '443',
} = process.env
const takesColour = ({ isTTY: isTerminal }: { readonly isTTY: boolean }) => allowsColour({ isTerminal, noColor, term })
await runProgram(words, packageVersion(folder), {
  terminal: paintedTerminal(terminal, colourWish(words), {
    output: takesColour(process.stdout),
    error: takesColour(process.stderr),
  }),
  writeError: (text) => void process.stderr.write(text),
  ...(process.stderr.isTTY && process.env.TERM !== 'dumb' && { errorColumns: () => process.stderr.columns || 80 }),
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
  ...(kubernetesHost !== undefined && { kubernetesService: { host: kubernetesHost, port: kubernetesPort } }),
  kernelRelease: release(),
  isRoot: process.geteuid?.() === 0,
  kubeconfig: process.env.KUBECONFIG || join(homedir(), '.kube', 'config'),
  self: [process.execPath, '--max-semi-space-size=1', '--expose-gc', process.argv[1] ?? ''],
})

function stopOnSignal(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => controller.abort())
  return controller.signal
}
