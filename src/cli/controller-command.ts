// `damask controller`: what a network needs once. Until SIGTERM, or one round.
import { Command, Option } from 'commander'
import type { ControllerStore, GrantChange } from '../controller/index.ts'
import { apiServerFrom } from './api-server.ts'
import type { Machine } from './commands.ts'

type ControllerCommandOptions = {
  readonly store?: string
  readonly kubernetes?: true
  readonly kubeconfig?: string
  readonly apiServer?: string
  readonly namespace: string
  readonly identity?: string
  readonly once?: true
  readonly output: 'text' | 'json'
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
}

type Log = Record<'debug' | 'warn', (fields: object, message: string) => void>

const NAMESPACE = 'damask-system'

export function controllerCommand(machine: Machine): Command {
  return new Command('controller')
    .description(
      'grant gateways their slots and keep them, once in a network; make MeshNodes of the nodes of a cluster',
    )
    .option('--store <folder>', 'folder of resources (YAML); grants are written to its folder granted')
    .option('--kubernetes', 'in place of a folder: the resources of a Kubernetes cluster')
    .option('--kubeconfig <file>', 'who we are to the cluster; left out in a pod: its service account')
    .option('--api-server <url>', 'another address of the API server; default: what the kubeconfig or the pod is told')
    .option('--namespace <name>', 'of the Lease by which controllers of a cluster agree who works', NAMESPACE)
    .option('--identity <name>', 'no other controller of the cluster may have it; default: one that nobody else has')
    .option('--once', 'of a folder: do what is to be done now, say it, and end')
    .addOption(
      new Option('-o, --output <format>', 'of --once; text: a sentence a change; json: an array of them')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addOption(
      new Option('--log-level <level>', 'least level that is logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addHelpText(
      'after',
      `
A site of several gateways gives each a slot, and others reach them by it. What is granted stays with its holder when
nodes come and go. Without a controller the order of wish, endpoint and name decides, and may move slots.
In a cluster the controller also makes a MeshNode of each Node, keeps it as the Node's labels, annotations and addresses
say, and grants it pod prefixes where the cluster gives it none. Of several controllers one works, and others wait.
Logs go to standard error, a JSON object a line. Exit code of --once: 0 done; 1 not all could be written; 2 no usable world.

Examples:
  # damask controller --store /etc/damask
  # damask controller --store world --once   # before a commit, where documents are spread by git
  # damask controller --store world --once -o json > changes.json
  # damask controller --kubernetes --kubeconfig ~/.kube/config`,
    )
    .action(async (options: ControllerCommandOptions) => {
      const wrong = await runFrom(options, machine)
      if (wrong === undefined) return
      machine.terminal.printError(wrong)
      machine.terminal.setExitCode(2)
    })
}

/** A sentence where the options do not go together. */
async function runFrom(options: ControllerCommandOptions, machine: Machine): Promise<string | undefined> {
  const { store: directory, kubernetes, kubeconfig, apiServer, identity, once } = options
  if ((directory === undefined) === (kubernetes === undefined))
    return `say where the resources are: either --store FOLDER or --kubernetes${directory === undefined ? '' : ', not both'}`
  if (directory !== undefined) {
    if (kubeconfig !== undefined || apiServer !== undefined || identity !== undefined)
      return '--kubeconfig, --api-server and --identity are of a cluster; they go with --kubernetes'
    await (once ? grantOnce({ ...options, directory }, machine) : control({ ...options, directory }, machine))
    return undefined
  }
  if (once) return '--once is of a folder; it goes with --store'
  const { kubernetesService } = machine
  const cluster = apiServerFrom({ kubeconfig, apiServer, kubernetesService })
  if (typeof cluster === 'string') return cluster
  await controlCluster(options, cluster, machine)
  return undefined
}

type FolderOptions = Pick<ControllerCommandOptions, 'output' | 'logLevel'> & { readonly directory: string }

async function grantOnce(
  { directory, output }: FolderOptions,
  { terminal: { print, printError, setExitCode } }: Machine,
): Promise<void> {
  const { makeGrants, viewGrants } = await import('../controller/index.ts')
  const store = await openStore(directory)
  try {
    const view = await viewGrants(store)
    if (view.kind === 'broken') {
      for (const error of view.errors) printError(error)
      setExitCode(2)
      return
    }
    const made: GrantChange[] = []
    const failures = await makeGrants(store, view, (sentence, change) => {
      made.push(change)
      if (output === 'text') print(sentence)
    })
    if (output === 'json') print(JSON.stringify(made.map(dataOf), undefined, 2))
    for (const failure of failures) printError(failure)
    setExitCode(failures.length > 0 ? 1 : 0)
  } finally {
    store.close()
  }
}

const dataOf = ({ kind, name, ...rest }: GrantChange) => ({
  change: kind === 'write' ? 'granted' : 'removed',
  node: name,
  ...rest,
})

async function control({ directory, logLevel }: FolderOptions, { writeError, clock, signal }: Machine): Promise<void> {
  const [{ openSecretLog }, { runController }] = await Promise.all([
    import('../agent/index.ts'),
    import('../controller/index.ts'),
  ])
  const log = openSecretLog({ level: logLevel, write: writeError })
  const store = await openStore(directory, log)
  try {
    await runController({ store, clock, log, signal })
    log.info({}, 'stopped; what was granted stays')
  } finally {
    store.close()
  }
}

async function controlCluster(
  { namespace, identity, logLevel }: ControllerCommandOptions,
  cluster: Exclude<ReturnType<typeof apiServerFrom>, string>,
  { writeError, clock, signal, terminal: { setExitCode } }: Machine,
): Promise<void> {
  const [{ openSecretLog }, { runClusterController }, { openKubernetesApi, openKubernetesStore }] = await Promise.all([
    import('../agent/index.ts'),
    import('../controller/index.ts'),
    import('../store/index.ts'),
  ])
  const log = openSecretLog({ level: logLevel, write: writeError })
  try {
    const api = await openKubernetesApi({ ...cluster, clock, log })
    try {
      await runClusterController({
        api,
        openStore: (fenced) => openKubernetesStore({ api: fenced, clock, log }),
        identity: identity ?? (await newIdentity()),
        namespace,
        clock,
        log,
        signal,
      })
      log.info({}, 'stopped; what was written stays')
    } finally {
      api.close()
    }
  } catch (cause) {
    log.error({ cause }, `the controller cannot run: ${cause instanceof Error ? cause.message : cause}`)
    setExitCode(1)
  }
}

/** Two controllers of one machine have its name, and one that starts anew is another. */
async function newIdentity(): Promise<string> {
  const [{ hostname }, { randomUUID }] = await Promise.all([import('node:os'), import('node:crypto')])
  return `${hostname()}_${randomUUID()}`
}

/** The schemas and the YAML reader are loaded when they are needed. */
async function openStore(directory: string, log?: Log): Promise<ControllerStore & { readonly close: () => void }> {
  const { openDirectoryStore } = await import('../store/index.ts')
  return openDirectoryStore({ directory, ...(log && { log }) })
}
