// Vitest's set-up of the suites in virtual machines: one is booted when a suite asks for it, and gone when another is asked for, or all
// are over. Never two at once: each of them wants all processors.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { bootMachine, type VirtualMachine } from './machine.ts'

/** What a suite is told: where the agent is, or why there is none. */
export type BootAnswer = { readonly agentSocket: string } | { readonly error: string }

type Booted = { readonly wanted: string; readonly machine: Promise<VirtualMachine> }

export default async function boot(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'damask-boot-'))
  const path = join(folder, 'socket')
  let booted: Booted | undefined
  const answer = (wanted: string): Promise<BootAnswer> => {
    if (booted?.wanted !== wanted)
      booted = { wanted, machine: close(booted).then(() => bootMachine(JSON.parse(wanted))) }
    return booted.machine.then(
      ({ agentSocket }) => ({ agentSocket }),
      (cause: Error) => ({ error: cause.message }),
    )
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
