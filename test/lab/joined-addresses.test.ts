// Machines that reach each other by their own private addresses, and what nobody may take over: an address that two have, a
// subnet that one is in, a network that another offers around it.
import { describe, expect, it } from 'vitest'
import { WORLDS } from './damask-process.ts'
import { expectAllPairs } from './lab-check.ts'
import { labOfThisFile } from './lab-under-test.ts'
import { askIn, clearTextPackets, cloudNamespace } from './namespace-command.ts'

const lab = labOfThisFile(`${WORLDS}/joined-addresses.yaml`)

const ping = (from: string, to: string) => lab.run(from, 'ping', '-n', '-c', '1', '-W', '20', to)
const OWN = { 'api-1': '10.1.0.11', 'api-2': '10.1.0.12', 'office-1': '10.2.0.11' } as const
const NAMES = Object.keys(OWN) as (keyof typeof OWN)[]

describe('joined private addresses', () => {
  it('stand beside pods that reach each other', async () => {
    expect(await expectAllPairs(lab)).toBe(20)
  })

  it.each(NAMES)('lead machines and pods elsewhere to %s', async (name) => {
    for (const from of [...NAMES, 'flat-1', 'house-1', 'flat-1-a', 'api-2-a', 'office-1-a'])
      if (!from.startsWith(name)) expect({ from, ...(await ping(from, OWN[name])) }).toMatchObject({ from, code: 0 })
  })

  it('are left out where two have the same, and every agent says so', async () => {
    for (const node of ['api-1', 'flat-1', 'house-1']) {
      const { issues } = await lab.status(node)
      const [clash] = issues.filter(({ message }) => message.includes('of Node/house-1: 192.168.1.11/32 is left out'))
      expect(clash?.message, node).toContain('Node/flat-1')
    }
    // The first by name has it.
    expect(await lab.ask('api-1', 'ip', 'route', 'get', '192.168.1.11')).toContain('dev damask-t1')
    expect((await ping('api-1', '192.168.1.11')).code).toBe(0)
    expect(await lab.ask('house-1', 'ip', 'route', 'get', '192.168.1.1')).toContain('dev eth0')
  })

  it('leave a machine its own subnet, also under a network that somebody offers around it', async () => {
    const router = (await lab.ask('api-1', 'ip', '-4', 'route', 'show', 'default')).split(' ')[2] ?? ''
    expect(await lab.ask('api-2', 'ip', 'route', 'get', router)).toContain('dev eth0')
    expect((await ping('api-2', router)).code).toBe(0)
    expect(await lab.ask('flat-1', 'ip', 'route', 'get', '10.3.7.7')).toContain('dev damask-t1')
  })

  it('lead into the network that is offered, and back', async () => {
    // A machine of the office that knows nothing of us; its router sends our networks to office-1.
    const office = cloudNamespace(lab.record(), 'office')
    askIn(office, 'ip', 'address', 'add', '10.3.7.7/32', 'dev', 'lo')
    for (const prefix of ['10.42.0.0/16', '10.1.0.0/24'])
      askIn(office, 'ip', 'route', 'add', prefix, 'via', OWN['office-1'])
    for (const from of ['api-1', 'api-2', 'api-2-a', 'flat-1-a'])
      expect({ from, ...(await ping(from, '10.3.7.7')) }).toMatchObject({ from, code: 0 })
  })

  it('show nothing in the clear', () => {
    expect(clearTextPackets(lab.record())).toBe(0)
  })
})
