// Two houses whose routers map ports, are known by name, and forget.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { WORLDS } from './damask-process.ts'
import { labOfThisFile } from './lab-under-test.ts'

const lab = labOfThisFile(`${WORLDS}/mapped-ports.yaml`)
const NODES = ['east-1', 'east-2', 'west-1', 'west-2']
const pod = (node: string): string => `${node}-a`

async function pingAll(): Promise<void> {
  for (const from of NODES) {
    for (const to of NODES) {
      if (from !== to) await lab.ask(pod(from), 'ping', '-c', '1', '-W', '20', lab.podAddress(pod(to), 4))
    }
  }
}

it('carries every pair through the ports of both routers', pingAll)

it('carries them after both routers have forgotten every silent flow', async () => {
  await sleep(40_000)
  await pingAll()
})

it('reaches nodes by names that only the lab knows', async () => {
  expect(await lab.ask('west-2', 'getent', 'hosts', 'east.example.net')).toMatch(/^203\.0\.113\.9 /)
  const endpoints = await lab.ask('west-2', 'wg', 'show', 'all', 'endpoints')
  expect(endpoints).toContain('203.0.113.9:40001')
  expect(endpoints).toContain('203.0.113.9:40002')
})
