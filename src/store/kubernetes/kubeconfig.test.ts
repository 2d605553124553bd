import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { kubeconfigCredentials } from './kubeconfig.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-kubeconfig-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

type Parts = { readonly server: string; readonly user: object; readonly context?: string; readonly current?: string }

function written(file: string, { server, user, context = 'c', current }: Parts): string {
  const path = join(folder, file)
  const document = {
    ...(current !== undefined && { 'current-context': current }),
    clusters: [{ name: 'it', cluster: { server } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: context, context: { cluster: 'it', user: 'u' } }],
  }
  writeFileSync(path, JSON.stringify(document))
  return path
}

const SERVER = 'https://203.0.113.10:6443'

describe('a token in a file', () => {
  const kubeconfig = (user: object = {}) =>
    written('config', { server: SERVER, user: { tokenFile: 'token', ...user }, current: 'c' })
  const say = (token: string) => writeFileSync(join(folder, 'token'), token)

  test('is that of each moment, without the end of its line', async () => {
    say('first\n')
    const { read } = await kubeconfigCredentials({ kubeconfig: kubeconfig() })
    expect((await read()).headers).toEqual({ Authorization: 'Bearer first' })
    say('second\n')
    expect((await read()).headers).toEqual({ Authorization: 'Bearer second' })
  })

  test('goes before one that is written out, as with kubectl', async () => {
    say('of the file')
    const { read } = await kubeconfigCredentials({ kubeconfig: kubeconfig({ token: 'written out' }) })
    expect((await read()).headers).toEqual({ Authorization: 'Bearer of the file' })
  })

  test('that is not there is said, with its user and its path', async () => {
    const { read } = await kubeconfigCredentials({ kubeconfig: kubeconfig() })
    await expect(read()).rejects.toThrow(
      `cannot read the token of the user "u" of the kubeconfig: ENOENT: no such file or directory, open '${folder}/token'`,
    )
  })
})

describe('of several files', () => {
  test('the first that has a name has it, as with kubectl', async () => {
    const first = written('a', { server: SERVER, user: { token: 'a' }, current: 'c' })
    const second = written('b', { server: 'https://192.0.2.1', user: { token: 'b' }, current: 'd', context: 'd' })
    const { server, read } = await kubeconfigCredentials({ kubeconfig: `${first}:${second}` })
    expect(server).toBe(SERVER)
    expect((await read()).headers).toEqual({ Authorization: 'Bearer a' })
    const other = await kubeconfigCredentials({ kubeconfig: `${first}:${second}`, context: 'd' })
    expect(other.server).toBe(SERVER)
  })

  test('the first that says which context is the current one says it', async () => {
    const first = written('a', { server: SERVER, user: { token: 'a' } })
    const second = written('b', { server: 'https://192.0.2.1', user: {}, current: 'c' })
    expect((await kubeconfigCredentials({ kubeconfig: `${first}:${second}` })).server).toBe(SERVER)
  })
})
