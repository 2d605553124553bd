// A folder that is made while a watch begins. What else there is to a watch is tried through the directory store.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchFolder } from './folder-watch.ts'

let root: string
let stop: () => void = () => {}
const touched = vi.fn<(path: string) => void>()
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'damask-watch-'))
  // Looking through these takes milliseconds.
  for (let index = 0; index < 200; index++) mkdirSync(join(root, `folder-${index}`))
  touched.mockClear()
})
afterEach(() => {
  stop()
  rmSync(root, { recursive: true })
})

/** Says that it runs, and makes the folder some milliseconds after the sign. */
const MAKER = `
  const { workerData: { path, sign, milliseconds } } = require('node:worker_threads')
  Atomics.store(sign, 0, 1)
  while (Atomics.load(sign, 0) === 1);
  Atomics.wait(sign, 0, 2, milliseconds)
  require('node:fs').mkdirSync(path)
`

test.each(Array.from({ length: 40 }, (_, index) => index / 10))(
  'misses no folder that is made %d ms after it began',
  async (milliseconds) => {
    const path = join(root, 'made')
    const sign = new Int32Array(new SharedArrayBuffer(4))
    const maker = new Worker(MAKER, { eval: true, workerData: { path, sign, milliseconds } })
    const ended = new Promise((done) => maker.once('exit', done))
    while (Atomics.load(sign, 0) === 0) await new Promise((done) => setTimeout(done, 1))

    Atomics.store(sign, 0, 2)
    stop = watchFolder({
      folder: root,
      onChange() {},
      onTouch: touched,
      onProblem(message) {
        throw new Error(message)
      },
    })
    await ended
    // Where it was made after the watch began, the watch is told of it soon.
    await new Promise((done) => setTimeout(done, 100))
    writeFileSync(join(path, 'file.yaml'), '')
    await vi.waitFor(() => expect(touched).toHaveBeenCalledWith(join(path, 'file.yaml')), 10_000)
  },
)
