/** Where a lab tells how far it is. Each call replaces what the one before it said of the same thing. */
export type LabProgress = {
  /** Another phase begins. */
  readonly phase: (what: string) => void
  /** Something to keep in sight. */
  readonly note: (sentence: string) => void
  readonly ready: (nodes: number, of: number) => void
  readonly tried: (pairs: number, of: number, failed: number) => void
}
