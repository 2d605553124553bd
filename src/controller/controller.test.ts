import { mkdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { node, openTrial, type Trial } from './trial-controller.fixture.ts'

let trial: Trial
beforeEach(() => {
  trial = openTrial()
})
afterEach(() => trial.close())

describe('the controller', () => {
  test('grants the slots of a site, says so, and then writes nothing more', async () => {
    trial.start()
    await trial.becomes({ a: '1', b: '2' })
    const { ino } = statSync(join(trial.root, 'granted/a.yaml'))
    await trial.quiet()
    trial.put('c.yaml', `${node('c', 3)}# seen\n`)
    await trial.quiet()
    expect(statSync(join(trial.root, 'granted/a.yaml')).ino).toBe(ino)
    expect(trial.lines).toEqual(['granted slot 1 of site s to node a', 'granted slot 2 of site s to node b'])
  })

  test('moves no slot when a better node joins, and gives that of one who leaves to the next', async () => {
    trial.start()
    await trial.becomes({ a: '1', b: '2' })
    trial.put('0.yaml', node('0-best', 10, ', gateway: prefer'))
    await trial.quiet()
    expect(trial.granted()).toEqual({ a: '1', b: '2' })
    trial.remove('a.yaml')
    await trial.becomes({ '0-best': '1', b: '2' })
    trial.put('b.yaml', node('b', 2, ', gateway: never'))
    await trial.until(() => trial.lines.length === 6)
    expect(trial.granted()).toEqual({ '0-best': '1', c: '2' })
    expect(trial.lines.slice(2)).toEqual([
      'removed the grant of node a, which is gone',
      'granted slot 1 of site s to node 0-best',
      'took slot 2 of site s from node b, which is no gateway',
      'granted slot 2 of site s to node c',
    ])
  })

  test('leaves a gateway its slot when a node with slot 1 of its own site moves in', async () => {
    trial.put('0.yaml', node('0-lone', 10).replace('site: s', 'site: lone'))
    trial.start()
    await trial.becomes({ '0-lone': '1', a: '1', b: '2' })
    trial.put('0.yaml', node('0-lone', 10))
    await trial.until(() => trial.lines.length === 4)
    expect(trial.granted()).toEqual({ a: '1', b: '2' })
    expect(trial.lines.slice(3)).toEqual(['took slot 1 of site lone from node 0-lone, which is in site s'])
    trial.put('0.yaml', node('0-lone', 10).replace('site: s', 'site: other'))
    await trial.becomes({ '0-lone': '1', a: '1', b: '2' })
    expect(readFileSync(join(trial.root, 'granted/0-lone.yaml'), 'utf8')).toContain(
      'granted:\n  site: other\n  slot: 1\n',
    )
  })

  test('keeps what it granted while the world is broken or cannot be planned, says why once, and goes on when it is mended', async () => {
    trial.start()
    await trial.becomes({ a: '1', b: '2' })
    trial.remove('a.yaml')
    trial.put('b.yaml', 'kind: [')
    await trial.quiet()
    expect(trial.granted()).toEqual({ a: '1', b: '2' })
    trial.put('b.yaml', node('b', 2).replace('192.168.0.2', '192.168.99.2'))
    await trial.until(() => trial.lines.length === 4)
    expect(trial.granted()).toEqual({ a: '1', b: '2' })
    trial.put('b.yaml', node('b', 2))
    await trial.until(() => trial.lines.length === 7)
    expect(trial.granted()).toEqual({ b: '2', c: '1' })
    expect(trial.lines.slice(2)).toEqual([
      expect.stringMatching(/^the store holds no world that can be used: b\.yaml:\d+:\d+: .*; what was granted stays$/),
      expect.stringMatching(/^the store holds no world that can be used: site s .* subnet .*; what was granted stays$/),
      'removed the grant of node a, which is gone',
      'granted slot 1 of site s to node c',
      'all is granted again',
    ])
  })

  test('waits for a store that is away, and watches it again', async () => {
    renameSync(trial.root, join(trial.folder, 'away'))
    trial.start()
    await trial.until(() => trial.lines.length === 1)
    expect(trial.lines[0]).toContain('there is no such file or folder')
    renameSync(join(trial.folder, 'away'), trial.root)
    await trial.becomes({ a: '1', b: '2' })
    trial.remove('a.yaml')
    await trial.becomes({ b: '2', c: '1' })
  })

  test('grants the others when a file of one is not its own, and that one once the file is gone', async () => {
    mkdirSync(join(trial.root, 'granted'))
    trial.put('granted/a.yaml', 'not: [mine')
    trial.start()
    await trial.until(() => trial.lines.length === 2)
    expect(trial.lines).toEqual([
      'granted slot 2 of site s to node b',
      'cannot write the grant of node a to granted/a.yaml: somebody else wrote it; move it away, and the controller writes its own',
    ])
    trial.remove('granted/a.yaml')
    await trial.becomes({ a: '1', b: '2' })
  })

  test('ends when it is told to, and not before what it writes is written', async () => {
    trial.start()
    await trial.becomes({ a: '1', b: '2' })
    await trial.stop()
    trial.remove('a.yaml')
    await trial.quiet()
    expect(trial.granted()).toEqual({ a: '1', b: '2' })
  })
})
