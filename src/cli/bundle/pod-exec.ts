// Runs a command in a container by way of the API server, as `kubectl exec` does (WebSocket, v5.channel.k8s.io).
import { delimiter } from 'node:path'
import { Writable } from 'node:stream'
import { Exec, KubeConfig, type V1Status } from '@kubernetes/client-node'

export type ClusterChoice = {
  readonly kubeconfig?: string
  readonly context?: string
  readonly server?: string
}

export type PodCommand = {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly command: readonly string[]
}

export type PodExec = (command: PodCommand) => Promise<Executed>

export type Executed = { readonly output: string; readonly errors: string; readonly hasFailed: boolean }

type Clock = { readonly after: (milliseconds: number, run: () => void) => () => void }

const LIMIT_MS = 20_000

/** Rejects, by each call, where the command could not be started or does not end in time. */
export function openPodExec(choice: ClusterChoice, clock: Clock): PodExec {
  const config = loadConfig(choice)
  return async ({ namespace, pod, container, command }) => {
    const [output, errors] = [textSink(), textSink()]
    const what = `${command.join(' ')} in pod ${pod}`
    const status = await new Promise<V1Status>((resolve, reject) => {
      let end = (): void => {}
      const cancel = clock.after(LIMIT_MS, () => {
        reject(new Error(`${what} did not end within ${LIMIT_MS / 1000} s`))
        end()
      })
      const fail = (cause: unknown): void => {
        cancel()
        reject(new Error(`cannot run ${what}: ${saidBy(cause)}`, { cause }))
      }
      const done = (status: V1Status): void => {
        cancel()
        resolve(status)
      }
      new Exec(config)
        .exec(namespace, pod, container, [...command], output.stream, errors.stream, null, false, done)
        .then((socket) => {
          end = () => socket.close()
          socket.onclose = () => fail(new Error('the API server closed the connection before it said how it went'))
        }, fail)
    })
    return {
      output: output.text(),
      errors: errors.text() || (status.message ?? ''),
      hasFailed: status.status !== 'Success',
    }
  }
}

function loadConfig({ kubeconfig, context, server }: ClusterChoice): KubeConfig {
  const config = new KubeConfig()
  if (kubeconfig === undefined) {
    // `kubectl proxy`, which shows credentials of its own.
    config.loadFromClusterAndUser({ name: 'it', server: server ?? '', skipTLSVerify: true }, { name: 'nobody' })
    return config
  }
  const [first = '', ...more] = kubeconfig.split(delimiter)
  config.loadFromFile(first)
  for (const path of more) {
    const other = new KubeConfig()
    other.loadFromFile(path)
    config.mergeConfig(other, true)
  }
  if (context !== undefined) config.setCurrentContext(context)
  const current = config.getCurrentCluster()?.name
  if (server !== undefined)
    config.clusters = config.clusters.map((each) => (each.name === current ? { ...each, server } : each))
  return config
}

function textSink(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk)
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') }
}

/** The package rejects with events of WebSockets as well as with errors. */
function saidBy(cause: unknown): string {
  if (typeof cause === 'object' && cause !== null && 'message' in cause && typeof cause.message === 'string')
    return cause.message
  return String(cause)
}
