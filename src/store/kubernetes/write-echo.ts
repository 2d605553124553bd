// Waits until the watch told what was just written, so that whoever writes reads it.
import type { KubernetesObject } from './kubernetes-api.ts'

export type WriteEcho = {
  readonly hear: (object: KubernetesObject) => void
  /** To be called before the write. */
  readonly expect: (name: string) => Expectation
}

export type Expectation = {
  /** Resolves when the version was heard; soon after, too, where it is not: the watch may be broken. */
  readonly comes: (written: KubernetesObject) => Promise<void>
  readonly stop: () => void
}

/** Milliseconds. */
const LIMIT = 1_000

export function createWriteEcho(clock: { after: (milliseconds: number, run: () => void) => () => void }): WriteEcho {
  const listeners = new Set<(object: KubernetesObject) => void>()
  return {
    hear(object) {
      for (const listener of listeners) listener(object)
    },
    expect(name) {
      const heard = new Set<string | undefined>()
      let onHeard = (): void => {}
      const listener = ({ metadata }: KubernetesObject): void => {
        if (metadata.name !== name) return
        heard.add(metadata.resourceVersion)
        onHeard()
      }
      listeners.add(listener)
      const stop = (): void => void listeners.delete(listener)
      return {
        stop,
        comes: ({ metadata: { resourceVersion } }) =>
          new Promise((resolve) => {
            const stopWaiting = clock.after(LIMIT, () => end())
            const end = (): void => {
              stopWaiting()
              stop()
              resolve()
            }
            onHeard = () => {
              if (heard.has(resourceVersion)) end()
            }
            onHeard()
          }),
      }
    },
  }
}
