// Machines whose own addresses are outside the virtual LAN's range have one there on damask0, and speak by it.
import { describe, expect, it } from 'vitest'
import { WORLDS } from './damask-process.ts'
import { expectAllPairs } from './lab-check.ts'
import { labOfThisFile } from './lab-under-test.ts'
import { clearTextPackets } from './namespace-command.ts'

const lab = labOfThisFile(`${WORLDS}/lan-addresses.yaml`)

describe('addresses in the virtual LAN', () => {
  it('reach each other, also through NAT and inside a cloud that knows only its own', async () => {
    expect(await expectAllPairs(lab)).toBe(20)
    expect(clearTextPackets(lab.record())).toBe(0)
  })

  it.each([
    ['home-1', '172.20.2.1'],
    ['office-2', '172.20.0.2'],
  ])('stand on damask0: %s', async (node, address) => {
    expect(await lab.ask(node, 'ip', '-o', '-4', 'address', 'show', 'dev', 'damask0')).toContain(`inet ${address}/32`)
    expect(await lab.ask(node, 'ip', 'route', 'get', '172.16.0.1')).toContain(`src ${address}`)
  })

  it('are guarded: one that nobody has does not leave by the default route', async () => {
    for (const node of ['inside-1', 'office-2', 'rented-1', 'home-1'])
      expect((await lab.run(node, 'ip', 'route', 'get', '172.30.9.9')).complaints).toMatch(
        /unreachable|No route to host/,
      )
  })
})
