/** Where this room writes what it did; a logger of pino fits. */
export type Log = {
  readonly info: (fields: object, message: string) => void
  readonly warn: (fields: object, message: string) => void
}
