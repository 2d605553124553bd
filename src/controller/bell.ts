// What wakes a loop that looks at the whole each time: it does not matter what happened, nor how often.
/** Rung while nobody listens, it is heard by the next who does; however often, once. */
export type Bell = { readonly ring: () => void; readonly rung: () => Promise<void> }

export function createBell(): Bell {
  let isRung = false
  let wake = (): void => {}
  return {
    ring(): void {
      isRung = true
      wake()
    },
    async rung(): Promise<void> {
      if (!isRung)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      isRung = false
    },
  }
}
