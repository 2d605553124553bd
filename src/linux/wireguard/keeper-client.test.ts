import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { askKeeper, KEPT_NAME, keeperAnswers } from './keeper-client.ts'

let folder: string
let server: Server
let asked: string[]
let answer: { readonly code: number; readonly body: string }
const path = () => join(folder, 'keeper.sock')

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'damask-keeper-client-'))
  asked = []
  server = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`)
    response.writeHead(answer.code, { connection: 'close', 'content-length': Buffer.byteLength(answer.body) })
    response.end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(path(), resolve))
})
afterEach(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('askKeeper()', () => {
  test('asks for one device', async () => {
    answer = { code: 201, body: '{}' }
    await askKeeper(path(), 'PUT', 'damask-t1')
    await askKeeper(path(), 'DELETE', 'damask-t1')
    expect(asked).toEqual(['PUT /interfaces/damask-t1', 'DELETE /interfaces/damask-t1'])
    expect(await keeperAnswers(path())).toBe(false) // 201 is no answer to a question
  })

  test('throws what the keeper refused, with its errno', async () => {
    answer = { code: 500, body: '{"errno":17,"message":"another one answers; delete its device"}' }
    await expect(askKeeper(path(), 'PUT', 'damask-t1')).rejects.toMatchObject({
      code: 'EEXIST',
      message: 'another one answers; delete its device',
    })
  })

  test('throws an answer that is no JSON as it is', async () => {
    answer = { code: 503, body: 'the keeper is just starting\n' }
    await expect(askKeeper(path(), 'PUT', 'damask-t1')).rejects.toMatchObject({
      code: 'EIO',
      message: 'the keeper is just starting',
    })
  })

  test('takes what is not there to be ended as ended', async () => {
    answer = { code: 404, body: '' }
    await askKeeper(path(), 'DELETE', 'damask-t1')
    await expect(askKeeper(path(), 'PUT', 'damask-t1')).rejects.toThrow()
  })

  test('says what to do where a socket is left that nobody answers on', async () => {
    await new Promise((resolve) => server.close(resolve))
    const none = join(folder, 'none.sock')
    await expect(askKeeper(none, 'PUT', 'damask-t1')).rejects.toThrow(
      `the keeper of wireguard-go does not answer at ${none}: ECONNREFUSED - look at its log and start it (damask keeper), or remove that socket where none is wanted`,
    )
  })
})

test('a keeper makes devices of ours alone, whose names a link may have', () => {
  const names = [
    'damask-t1',
    'damask-f16',
    'damask-12345678',
    'damask-123456789',
    'damask0',
    'damask-',
    'damask-a.b',
    'dmk-1',
    'damask-t1\n',
  ]
  expect(names.filter((name) => KEPT_NAME.test(name))).toEqual(['damask-t1', 'damask-f16', 'damask-12345678'])
})
