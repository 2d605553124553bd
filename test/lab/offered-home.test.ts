// The packets of tunnels and of the fabric go to addresses that somebody offers: they leave bare, and are no leak.
import { describe, expect, it } from 'vitest'
import { WORLDS } from './damask-process.ts'
import { expectAllPairs } from './lab-check.ts'
import { labOfThisFile } from './lab-under-test.ts'
import { clearTextPackets } from './namespace-command.ts'

const lab = labOfThisFile(`${WORLDS}/offered-home.yaml`)

describe('a machine that offers the network that it stands in', () => {
  it('takes nothing from its fellow', async () => {
    expect(await expectAllPairs(lab)).toBe(6)
    expect(await lab.ask('home-2', 'ip', 'route', 'get', '192.168.1.11')).toContain('dev eth0')
    expect((await lab.run('home-2', 'ping', '-n', '-c', '1', '-W', '20', '192.168.1.11')).code).toBe(0)
  })

  it('brings machines elsewhere into it', async () => {
    expect((await lab.run('rented-1', 'ping', '-n', '-c', '1', '-W', '20', '192.168.1.12')).code).toBe(0)
    expect(clearTextPackets(lab.record())).toBe(0)
  })
})
