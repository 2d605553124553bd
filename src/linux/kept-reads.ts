// The long lists of the kernel, kept for as long as it announces nothing and nothing is written: among thousands of nodes, reading
// them again takes longer than all else that is to be done for a change.
import type { Entry } from '../model/index.ts'

export type KeptReads = {
  /** To be called before anything is read; what it gives reads a list, or knows it from before. */
  readonly begin: () => <One extends Entry>(name: string, read: () => readonly One[]) => readonly Entry[]
  /** Something was touched, or is about to be. */
  readonly forget: () => void
}

/** `catchUp` hears of all that has happened by now, and calls `forget` for it; false: nobody listens, or not to the end. */
export function createKeptReads(catchUp: () => boolean): KeptReads {
  let lists = new Map<string, readonly Entry[]>()
  const forget = (): void => {
    lists = new Map()
  }
  return {
    forget,
    begin() {
      if (!catchUp()) forget()
      // What is forgotten meanwhile is not kept: it may have been read before that.
      const mine = lists
      return (name, read) => {
        const known = mine.get(name) ?? read()
        mine.set(name, known)
        return known
      }
    },
  }
}
