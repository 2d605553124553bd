// A lab that is run in the virtual machine.
import { randomUUID } from 'node:crypto'
import type { LabResult } from '../../src/lab/index.ts'
import type { Guest } from './machine.ts'

/** Emulated, one of seven nodes takes a minute and more. */
const LIMIT_MILLISECONDS = 900_000

export type LabInGuest = { readonly result: LabResult; readonly complaints: string }

/** `world`: the file's text. Rejects where it says no result. */
export async function runLab(guest: Guest, world: string): Promise<LabInGuest> {
  const path = `/tmp/${randomUUID()}.yaml`
  await guest.run(['tee', path], { input: world })
  const { stdout, stderr, exitCode, signal } = await guest.run(['bin/damask', 'lab', 'run', path, '-o', 'json'], {
    limitMilliseconds: LIMIT_MILLISECONDS,
  })
  try {
    return { result: JSON.parse(stdout), complaints: stderr }
  } catch {
    throw new Error(`the lab ended with ${exitCode ?? signal}, and this:\n${stdout}${stderr}`)
  }
}
