// What host and guest say to each other over the virtio-serial port: a JSON object a line.

export type Command = {
  readonly words: readonly string[]
  readonly folder: string
  /** Added to the guest's own. */
  readonly environment: Readonly<Record<string, string>>
  /** What it reads from standard input; nothing else. */
  readonly input: string
}

/** `id`: the host's number of the command. */
export type ToGuest =
  | ({ readonly kind: 'run'; readonly id: number } & Command)
  | { readonly kind: 'signal'; readonly id: number; readonly signal: NodeJS.Signals }
  /** Nobody asks for what ran before: it is ended. The answer is `ready`. */
  | { readonly kind: 'begin' }

export type FromGuest =
  | { readonly kind: 'ready'; readonly kernel: string }
  | { readonly kind: 'output'; readonly id: number; readonly stream: 'stdout' | 'stderr'; readonly base64: string }
  | {
      readonly kind: 'end'
      readonly id: number
      readonly exitCode: number | null
      readonly signal: NodeJS.Signals | null
    }
  /** It could not be started. */
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }

/** Takes what comes in pieces, and gives whole objects. What is no line of ours (the end of one that was cut) is passed over. */
export function frameReader<T>(visit: (frame: T) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const frame = tryParse<T>(line)
      if (frame !== undefined) visit(frame)
    }
  }
}

export const formatFrame = (frame: ToGuest | FromGuest): string => `${JSON.stringify(frame)}\n`

function tryParse<T>(line: string): T | undefined {
  try {
    return JSON.parse(line) as T
  } catch {
    return undefined
  }
}
