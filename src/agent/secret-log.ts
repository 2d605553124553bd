// The agent's log: JSON lines, in which no private key can stand, however it got there.
import { pino } from 'pino'

/** What the rooms of an agent write to. */
export type Log = {
  readonly debug: (fields: object, message: string) => void
  readonly info: (fields: object, message: string) => void
  readonly warn: (fields: object, message: string) => void
  readonly error: (fields: object, message: string) => void
}

export type SecretLog = Log & {
  /** From now on this text is never written, in no field and no message. */
  readonly hide: (secret: string) => void
}

export type SecretLogOptions = {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** Stands in every line, where the log is of one node. */
  readonly node?: string
  /** Takes one line with its newline. */
  readonly write: (line: string) => void
}

const HIDDEN = '[hidden]'

export function openSecretLog({ level, node, write }: SecretLogOptions): SecretLog {
  const secrets = new Set<string>()
  const log = pino(
    {
      level,
      base: node === undefined ? {} : { node },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['privateKey', '*.privateKey', 'presharedKey', '*.presharedKey'], censor: HIDDEN },
      serializers: { cause: pino.stdSerializers.err },
      hooks: { streamWrite: (line) => withoutSecrets(line, secrets) },
    },
    { write },
  )
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
    hide: (secret) => {
      secrets.add(secret)
      // wireguard-go's protocol writes keys in hexadecimal.
      secrets.add(Buffer.from(secret, 'base64').toString('hex'))
    },
  }
}

function withoutSecrets(line: string, secrets: ReadonlySet<string>): string {
  let text = line
  for (const secret of secrets) if (text.includes(secret)) text = text.replaceAll(secret, HIDDEN)
  return text
}
