// When to act: a file that git or an editor takes away and puts back in a moment must not cost its node the slot. What is to be
// done must be the same before and after a pause, however often somebody looks in between.

/** Long for git and editors, short for people. */
const SETTLE_MS = 200

export type After = (milliseconds: number, run: () => void) => () => void

export type Settling = {
  /** True once the pause is over: a look that begins from then on counts. */
  readonly isOver: () => boolean
  /** False where something else was intended; then the pause begins. It does not begin anew while this stays the same. */
  readonly isStill: (intended: string) => boolean
  /** Nothing is intended: no pause runs. */
  readonly forget: () => void
}

export function startSettling(after: After, onOver: () => void): Settling {
  let current: string | undefined
  let isOver = false
  let cancel = (): void => {}
  function forget(): void {
    cancel()
    cancel = () => {}
    current = undefined
    isOver = false
  }
  return {
    isOver: () => isOver,
    isStill(intended) {
      if (intended === current) return true
      forget()
      current = intended
      cancel = after(SETTLE_MS, () => {
        isOver = true
        onOver()
      })
      return false
    },
    forget,
  }
}
