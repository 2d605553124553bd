// Runs a command in a container by way of the API server, as `kubectl exec` does (WebSocket, v5.channel.k8s.io).
import { Writable } from 'node:stream'
import { Exec, KubeConfig, type V1Status } from '@kubernetes/client-node'
import { loadedKubeconfig } from '../../store/index.ts'

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

/** What it opens rejects, by each call, where the command could not be started or does not end in time. */
export async function openPodExec(choice: ClusterChoice, clock: Clock): Promise<PodExec> {
  const config = await configOf(choice)
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

/** Without one: `kubectl proxy`, which shows credentials of its own. */
async function configOf({ kubeconfig, context, server }: ClusterChoice): Promise<KubeConfig> {
  if (kubeconfig !== undefined) return loadedKubeconfig({ kubeconfig, context, server })
  const config = new KubeConfig()
  config.loadFromClusterAndUser({ name: 'it', server: server ?? '', skipTLSVerify: true }, { name: 'nobody' })
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
