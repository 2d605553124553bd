// The suites' way into a virtual machine.
import { connect } from 'node:net'
import { inject } from 'vitest'
import type { BootAnswer } from './boot.ts'
import { type Guest, type MachineWanted, tryGuest } from './machine.ts'

const MOST_TRIES = 60

/** Ends what an earlier suite left in there; a machine of another kind is gone then. */
export async function openGuest(wanted: MachineWanted = { kernel: 'oldest' }): Promise<Guest> {
  const answer = await askToBoot(wanted)
  if ('error' in answer) throw new Error(`cannot boot a virtual machine: ${answer.error}`)
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const guest = await tryGuest(answer.agentSocket)
    if (guest !== undefined) return guest
  }
  throw new Error('the virtual machine does not answer')
}

function askToBoot(wanted: MachineWanted): Promise<BootAnswer> {
  const socket = connect(inject('bootSocket')).setEncoding('utf8')
  socket.write(JSON.stringify(wanted))
  return new Promise((resolve, reject) => {
    let text = ''
    socket.on('data', (piece) => {
      text += piece
    })
    socket.once('error', reject)
    socket.once('end', () => resolve(JSON.parse(text)))
  })
}
