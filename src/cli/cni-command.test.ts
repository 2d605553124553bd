import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CNI_CODE, type CniServer, cniError, serveCni } from '../cni/index.ts'
import { cniCommand } from './cni-command.ts'

const built = mkdtempSync(join(tmpdir(), 'damask-cni-built-'))
const client = join(built, 'damask-cni')
beforeAll(() => {
  execFileSync(join(import.meta.dirname, '../../scripts/build-cni.sh'), [client])
})
afterAll(() => rmSync(built, { recursive: true }))

let root: string
let server: CniServer | undefined
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'damask-install-'))
  for (const folder of ['bin', 'conf', 'run']) mkdirSync(join(root, folder))
})
afterEach(async () => {
  await server?.close()
  server = undefined
  rmSync(root, { recursive: true })
})

const path = (...parts: readonly string[]) => join(root, ...parts)

async function serve(refusal?: string): Promise<void> {
  server = await serveCni({
    socketPath: path('run', 'cni.sock'),
    async handler() {
      if (refusal !== undefined) throw cniError(CNI_CODE.notAvailable, refusal)
      return undefined
    },
  })
}

async function call(...words: readonly string[]) {
  const printed: string[] = []
  const errors: string[] = []
  let exitCode: number | undefined
  const terminal = {
    print: (text: string) => printed.push(text),
    printError: (text: string) => errors.push(text),
    setExitCode: (code: number) => {
      exitCode = code
    },
  }
  const command = cniCommand({ terminal, signal: new AbortController().signal }, client)
  await command.parseAsync([...words], { from: 'user' })
  return { printed, errors, exitCode }
}

const install = (...words: readonly string[]) =>
  call(
    ...['install', '--bin-dir', path('bin'), '--conf-dir', path('conf'), '--state', path('state')],
    ...['--run', path('run'), '--wait', '0', ...words],
  )
const uninstall = () => call('uninstall', '--state', path('state'))
const conflist = () => JSON.parse(readFileSync(path('conf', '10-damask.conflist'), 'utf8'))

describe('damask cni install', () => {
  it('writes the plugin and the configuration, and nothing the second time', async () => {
    await serve()
    const first = await install()
    expect(first).toEqual({
      printed: [`wrote ${path('bin', 'damask')}`, `wrote ${path('conf', '10-damask.conflist')}`],
      errors: [],
      exitCode: 0,
    })
    expect(statSync(path('bin', 'damask')).mode & 0o777).toBe(0o755)
    expect(readFileSync(path('bin', 'damask'))).toEqual(readFileSync(client))
    expect(conflist()).toEqual({
      cniVersion: '1.0.0',
      name: 'damask',
      plugins: [{ type: 'damask', capabilities: { ips: true, mac: true } }],
    })
    expect([readdirSync(path('bin')), readdirSync(path('conf'))]).toEqual([['damask'], ['10-damask.conflist']])
    const second = await install()
    expect(second.printed).toEqual([
      `left as it is ${path('bin', 'damask')}`,
      `left as it is ${path('conf', '10-damask.conflist')}`,
    ])
  })

  it('says what it did as data', async () => {
    await serve()
    const { printed } = await install('-o', 'json')
    expect(JSON.parse(printed.join(''))).toEqual([
      { path: path('bin', 'damask'), change: 'written' },
      { path: path('conf', '10-damask.conflist'), change: 'written' },
    ])
  })

  it('chains the stock plugins that are there, or those that are asked for', async () => {
    await serve()
    writeFileSync(path('bin', 'portmap'), '')
    await install('--cni-version', '1.1.0')
    expect(conflist()).toMatchObject({ cniVersion: '1.1.0', plugins: [{ type: 'damask' }, { type: 'portmap' }] })
    const { errors, exitCode } = await install('--chain', 'bandwidth')
    expect([exitCode, errors]).toEqual([
      1,
      [expect.stringContaining(`cannot chain bandwidth: there is no ${path('bin', 'bandwidth')}`)],
    ])
    expect(conflist().plugins).toHaveLength(2)
  })

  it.each([
    ['no agent runs', undefined, 'the Damask agent does not answer on its socket'],
    ['the agent cannot serve', 'this node has no pod prefixes', 'this node has no pod prefixes'],
  ])('writes no configuration where %s', async (_, refusal, clause) => {
    if (refusal !== undefined) await serve(refusal)
    const { errors, exitCode } = await install()
    expect([exitCode, errors]).toEqual([1, [expect.stringContaining(clause)]])
    expect(readdirSync(path('conf'))).toEqual([])
  })

  it('waits for an agent that is just starting', async () => {
    const installed = install('--wait', '20')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(readdirSync(path('conf'))).toEqual([])
    await serve()
    expect(await installed).toMatchObject({ exitCode: 0 })
    expect(conflist().name).toBe('damask')
  })

  it('leaves what somebody else put there, unless it is forced', async () => {
    await serve()
    writeFileSync(path('conf', '10-damask.conflist'), '{}')
    const { errors, exitCode } = await install()
    expect([exitCode, errors]).toEqual([
      1,
      [expect.stringContaining('is there already, and is not ours or was changed')],
    ])
    expect(readFileSync(path('conf', '10-damask.conflist'), 'utf8')).toBe('{}')
    expect((await install('--force')).exitCode).toBe(0)
    expect(conflist().name).toBe('damask')
  })

  it('says which configuration the runtime takes in place of ours', async () => {
    await serve()
    writeFileSync(path('conf', '05-flannel.conflist'), '{}')
    writeFileSync(path('conf', '99-loopback.conf'), '{}')
    const { errors } = await install()
    expect(errors).toEqual([expect.stringContaining(`${path('conf', '05-flannel.conflist')} comes first`)])
  })
})

describe('damask cni uninstall', () => {
  it('takes away what install wrote, and nothing else', async () => {
    await serve()
    writeFileSync(path('bin', 'portmap'), '')
    writeFileSync(path('conf', '99-other.conf'), '{}')
    await install()
    expect(await uninstall()).toEqual({
      printed: [`removed ${path('conf', '10-damask.conflist')}`, `removed ${path('bin', 'damask')}`],
      errors: [],
      exitCode: 0,
    })
    expect([readdirSync(path('bin')), readdirSync(path('conf'))]).toEqual([['portmap'], ['99-other.conf']])
    expect(await uninstall()).toEqual({ printed: [], errors: ['nothing is installed'], exitCode: 0 })
  })

  it('leaves a file that was changed since, and names it', async () => {
    await serve()
    await install()
    const edited = path('conf', '10-damask.conflist')
    writeFileSync(edited, '{ "mine": true }')
    const { errors, printed } = await uninstall()
    expect(errors).toEqual([])
    expect(printed).toEqual([`removed ${path('bin', 'damask')}`, `kept, since somebody changed it: ${edited}`])
    expect(existsSync(edited)).toBe(true)
  })
})
