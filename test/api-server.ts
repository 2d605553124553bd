// A real Kubernetes API server with an etcd of its own, on the loopback, for tests of what speaks to one: there in three seconds.
import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export type ApiServer = {
  /** `https://127.0.0.1:PORT` */
  readonly url: string
  readonly certificate: string
  /** Of `admin`, who may do everything; every user is a context of it. */
  readonly kubeconfig: string
  readonly tokens: Readonly<Record<string, string>>
  /** As if the machine lost its power; `start` goes on with what etcd holds. */
  readonly kill: () => Promise<void>
  readonly start: () => Promise<void>
  /** Between `kill` and `start`: keeps a copy of what etcd holds, or puts that back. */
  readonly keepBackup: () => void
  readonly putBackupBack: () => void
  readonly close: () => Promise<void>
}

export type ApiServerOptions = {
  /** The folder with etcd and kube-apiserver. */
  readonly programs: string
  /** More users: by name, with their groups. */
  readonly users?: Readonly<Record<string, readonly string[]>>
  /** More words for kube-apiserver. */
  readonly words?: readonly string[]
}

const START_LIMIT_MILLISECONDS = 120_000

export async function startApiServer({ programs, users = {}, words = [] }: ApiServerOptions): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'damask-api-server-'))
  const port = await freePort()
  const url = `https://127.0.0.1:${port}`
  const groups: Readonly<Record<string, readonly string[]>> = { admin: ['system:masters'], ...users }
  const tokens = Object.fromEntries(Object.keys(groups).map((user) => [user, `${user}-${port}-token`]))
  const lines = Object.entries(groups).map(([user, names]) => `${tokens[user]},${user},${user},"${names.join(',')}"`)
  writeFileSync(join(folder, 'tokens.csv'), `${lines.join('\n')}\n`)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  writeFileSync(join(folder, 'sa.key'), privateKey.export({ type: 'sec1', format: 'pem' }))
  const running = new Set<ChildProcess>()

  function run(name: string, program: string, given: readonly string[]): void {
    const log = openSync(join(folder, `${name}.log`), 'a')
    // Nothing of it outlives a test run that was killed.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', join(programs, program), ...given], {
      cwd: folder,
      stdio: ['ignore', log, log],
    })
    running.add(child)
    child.once('exit', () => running.delete(child))
    child.once('error', (cause) => {
      running.delete(child)
      appendFileSync(log, String(cause))
    })
  }

  async function start(): Promise<void> {
    // A Unix socket in the folder, as etcd writes such an address: only the API server needs a port.
    const etcd = 'unix://localhost:1'
    run('etcd', 'etcd', etcdWords(etcd))
    run('kube-apiserver', 'kube-apiserver', [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      '--cert-dir=certs',
      '--token-auth-file=tokens.csv',
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-account-key-file=sa.key',
      '--service-account-signing-key-file=sa.key',
      ...words,
    ])
    const limit = Date.now() + START_LIMIT_MILLISECONDS
    while (!(await isReady(folder, url))) {
      if (running.size < 2 || Date.now() > limit) {
        const logs = ['etcd', 'kube-apiserver'].map((name) =>
          readFileSync(join(folder, `${name}.log`), 'utf8').slice(-2000),
        )
        throw new Error(`the API server did not start:\n${logs.join('\n')}`)
      }
      await delay(50)
    }
  }

  async function kill(): Promise<void> {
    // On SIGTERM it would wait for its open watches.
    await Promise.all(
      [...running].map(async (child) => {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }),
    )
  }

  async function close(): Promise<void> {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await start()
  } catch (cause) {
    await close()
    throw cause
  }
  const certificate = readFileSync(join(folder, 'certs/apiserver.crt'), 'utf8')
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, kubeconfigText(url, certificate, tokens))
  const [held, backup] = [join(folder, 'etcd'), join(folder, 'backup')]
  const copy = (from: string, to: string): void => {
    rmSync(to, { recursive: true, force: true })
    cpSync(from, to, { recursive: true })
  }
  return {
    url,
    certificate,
    kubeconfig,
    tokens,
    kill,
    start,
    keepBackup: () => copy(held, backup),
    putBackupBack: () => copy(backup, held),
    close,
  }
}

const etcdWords = (client: string): readonly string[] => [
  '--data-dir=etcd',
  '--unsafe-no-fsync',
  '--log-level=warn',
  // It elects itself at once.
  '--heartbeat-interval=10',
  '--election-timeout=100',
  `--listen-client-urls=${client}`,
  `--advertise-client-urls=${client}`,
  '--listen-peer-urls=unix://localhost:2',
  '--initial-advertise-peer-urls=unix://localhost:2',
  '--initial-cluster=default=unix://localhost:2',
]

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}

function isReady(folder: string, url: string): Promise<boolean> {
  const path = join(folder, 'certs/apiserver.crt')
  if (!existsSync(path)) return Promise.resolve(false)
  return new Promise((resolve) => {
    const asked = request(`${url}/readyz`, { ca: readFileSync(path), agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    asked.once('error', () => resolve(false))
    asked.end()
  })
}

/** JSON is YAML. */
const kubeconfigText = (server: string, certificate: string, tokens: Readonly<Record<string, string>>): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'admin',
    clusters: [
      { name: 'it', cluster: { server, 'certificate-authority-data': Buffer.from(certificate).toString('base64') } },
    ],
    users: Object.entries(tokens).map(([name, token]) => ({ name, user: { token } })),
    contexts: Object.keys(tokens).map((name) => ({ name, context: { cluster: 'it', user: name } })),
  })
