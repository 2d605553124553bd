// Vitest's set-up of the suites in virtual machines: one is booted when a suite asks for it, and gone when another is asked for, or all
// are over. Never two at once: each of them wants all processors.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { bootMachine, tryGuest, type VirtualMachine } from './machine.ts'

/** What a suite is told: where the agent is, or why there is none. */
export type BootAnswer = { readonly agentSocket: string } | { readonly error: string }

type Booted = { readonly wanted: string; readonly machine: Promise<VirtualMachine> }

/** Of one that is asked for: a machine of other things than ours may take too long once. */
const MOST_BOOTS = 2
/** Of about a second each. */
const MOST_QUESTIONS = 30

export default async function boot(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'damask-boot-'))
  const path = join(folder, 'socket')
  let booted: Booted | undefined
  const answer = async (wanted: string): Promise<BootAnswer> => {
    if (booted?.wanted === wanted && (await answers(booted))) return { agentSocket: (await booted.machine).agentSocket }
    for (let boots = 1; ; boots++) {
      booted = { wanted, machine: close(booted).then(() => bootMachine(JSON.parse(wanted))) }
      try {
        return { agentSocket: (await booted.machine).agentSocket }
      } catch (cause) {
        const { message } = cause as Error
        if (boots === MOST_BOOTS) return { error: message }
        console.error(`cannot boot a virtual machine, and try once more: ${message}`)
      }
    }
  }
  const server = createServer((socket) => {
    socket.setEncoding('utf8').once('data', async (wanted) => {
      socket.end(JSON.stringify(await answer(`${wanted}`)))
    })
    socket.on('error', () => {}) // the suite was ended
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  project.provide('bootSocket', path)
  return async () => {
    server.close()
    await close(booted)
    rmSync(folder, { recursive: true })
  }
}

/** What became of one that does not is printed: nobody else can see it any more. */
async function answers({ wanted, machine }: Booted): Promise<boolean> {
  const booted = await machine.catch(() => undefined)
  if (booted === undefined) return false
  for (let questions = 0; questions < MOST_QUESTIONS; questions++) {
    const guest = await tryGuest(booted.agentSocket)
    if (guest === undefined) continue
    await guest.close()
    return true
  }
  console.error(
    `the virtual machine of ${wanted} does not answer any more, another is booted. It said:\n${booted.said()}`,
  )
  return false
}

/** One that did not boot is closed already. */
const close = async (booted: Booted | undefined): Promise<void> =>
  booted?.machine.then(
    (machine) => machine.close(),
    () => {},
  )

declare module 'vitest' {
  export interface ProvidedContext {
    bootSocket: string
  }
}
