import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { link } from '../model/index.ts'
import { createNode, type NodeUnderTest, ROUTE } from './agent.fixture.ts'

let node: NodeUnderTest
beforeEach(async () => {
  node = await createNode({ speed: 20 }) // what is looked at every 5 s is looked at every 250 ms
})
afterEach(() => node.remove())

const journalPath = (): string => node.path('state', 'pods.journal')

/** As the journal writes a line. */
function journalLine(...records: readonly object[]): string {
  const text = JSON.stringify(records)
  return `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`
}
const allocate = (containerId: string, address: string): object => ({
  kind: 'allocate',
  containerId,
  interfaceName: 'eth0',
  link: `dmk${containerId}`,
  hardwareAddress: '02:00:00:00:00:09',
  mtuBytes: 1390,
  namespacePath: '/proc/self/ns/net', // some path that is there, or a start would take the pod for dead
  addresses: [address],
})
const podLink = (name: string) => link({ name, type: { kind: 'veth' }, mtuBytes: 1390, because: [] })

describe('the pods of a node', () => {
  it('keep their network where a line of the journal is damaged; none is added or deleted until somebody mends it', async () => {
    await node.startAndSettle()
    await node.stop()
    appendFileSync(journalPath(), journalLine(allocate('one', '10.42.1.2')))
    appendFileSync(journalPath(), journalLine(allocate('two', '10.42.1.3')))
    appendFileSync(journalPath(), journalLine(allocate('three', '10.42.1.4')))
    const whole = readFileSync(journalPath(), 'utf8')
    writeFileSync(journalPath(), whole.replace('10.42.1.3', '10.42.1.9'))
    node.reboot()
    // The links of pods one and two; two is in the line that cannot be read.
    await node.kernel().apply([
      { op: 'create', entry: podLink('dmkone') },
      { op: 'create', entry: podLink('dmktwo') },
    ])

    await node.start()
    await node.until(async () => (await node.status()).store.kind === 'read' && node.stands(ROUTE))
    await node.quiet()
    const sentence = `${journalPath()}:3: this line of the journal is damaged`
    expect(['link dmkone', 'link dmktwo', 'route 218 10.42.1.2/32'].filter((key) => !node.stands(key))).toEqual([])
    for (const command of ['ADD', 'DEL'] as const)
      expect(await node.askCni(command)).toMatchObject({ code: 102, msg: expect.stringContaining(sentence) })
    const { podsError, pods, ready } = await node.status()
    expect(podsError).toContain(sentence)
    expect(pods.map((pod) => [pod.link, pod.hasLink])).toEqual([
      ['dmkone', true],
      ['dmkthree', false],
    ])
    expect(ready.reasons).toContainEqual({ kind: 'pods-refused', message: expect.stringContaining(sentence) })

    writeFileSync(journalPath(), whole)
    await node.askCni('ADD')
    await node.until(async () => (await node.status()).podsError === undefined)
    expect((await node.status()).pods.map((pod) => pod.link)).toEqual(['dmkone', 'dmktwo', 'dmkthree'])
  })

  it('are served again where somebody deleted the sockets, or their whole folder', async () => {
    await node.startAndSettle()
    for (const deleted of [['cni.sock'], ['agent.sock'], []]) {
      rmSync(node.path('run', ...deleted), { recursive: true })
      await node.until(() => existsSync(node.path('run', 'agent.sock')) && existsSync(node.path('run', 'cni.sock')))
      expect((await node.ask('/healthz')).code).toBe(200)
      expect((await node.askCni('VERSION')).code).toBeUndefined()
    }
    await expect(node.start()).rejects.toThrow(/another agent runs on/)
    expect(node.lines.filter((line) => line.includes('somebody deleted')).length).toBeGreaterThanOrEqual(3)
  })
})
