// `damask agent`: one node's life, until SIGTERM.
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { type AgentStore, openHost, openSecretLog, runAgent, type SecretLog } from '../agent/index.ts'
import { KEEPER_SOCKET, openKernel, releaseMemory, useSysctlFolder } from '../linux/index.ts'
import { apiServerFrom } from './api-server.ts'
import type { Machine } from './commands.ts'
import { parseMetricsAddress } from './metrics-address.ts'
import { packageFolder, packageVersion } from './package-folder.ts'
import { wireguardPrograms } from './wireguard-programs.ts'

type AgentCommandOptions = {
  readonly node: string
  readonly store?: string
  readonly kubernetes?: true
  readonly kubeconfig?: string
  readonly apiServer?: string
  readonly state: string
  readonly run: string
  readonly installCni?: true
  readonly cniConfigDir: string
  readonly cniBinDir: string
  readonly metricsAddress?: ReturnType<typeof parseMetricsAddress>
  readonly procSys?: string
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
}

/** A DNS subdomain (RFC 1123), as in ip-10-0-0-7.ec2.internal. */
const NODE_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

export function agentCommand(machine: Machine): Command {
  const { terminal, writeError, signal, clock, kernelRelease, isRoot } = machine
  const { printError, setExitCode } = terminal
  const refuse = (message: string): void => {
    printError(message)
    setExitCode(2)
  }
  return new Command('agent')
    .description('run one node: its tunnels, routes, filter and pods')
    .requiredOption('--node <name>', 'which Node of the store this machine is')
    .option('--store <folder>', 'folder of resources (YAML)')
    .option('--kubernetes', 'in place of a folder: the resources of a Kubernetes cluster')
    .option('--kubeconfig <file>', 'who we are to the cluster; left out in a pod: its service account')
    .option('--api-server <url>', 'another address of the API server; default: what the kubeconfig or the pod is told')
    .option('--state <folder>', 'private key, addresses of pods, last world', '/var/lib/damask')
    .option('--run <folder>', 'sockets: agent.sock (status), cni.sock (pods)', '/run/damask')
    .option('--install-cni', 'keep the plugin and its configuration where container runtimes look')
    .option('--cni-config-dir <folder>', "the runtime's configuration", '/etc/cni/net.d')
    .option('--cni-bin-dir <folder>', "the runtime's plugins", '/opt/cni/bin')
    .option('--metrics-address <address:port>', 'serve /metrics, /healthz and /ready there too', parseMetricsAddress)
    .option('--proc-sys <folder>', "the machine's kernel settings, where /proc/sys is read-only, as in containers")
    .addOption(
      new Option('--log-level <level>', 'least level that is logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addHelpText(
      'after',
      `
Logs go to standard error, a JSON object a line. Stopping leaves the network, and what was installed, as it is.

Examples:
  # damask agent --node aws-1 --store /etc/damask
  # damask agent --node aws-1 --kubernetes --kubeconfig /etc/damask/kubeconfig --install-cni
  # damask agent --node aws-1 --store /etc/damask --metrics-address 127.0.0.1:9218`,
    )
    .action(async (options: AgentCommandOptions) => {
      const { node, state, run, installCni, cniBinDir: binDir, cniConfigDir: confDir, metricsAddress } = options
      if (!NODE_NAME.test(node)) {
        refuse(`"${node}" is not the name of a node: names are DNS names, as in aws-1`)
        return
      }
      const log = openSecretLog({ level: options.logLevel, node, write: writeError })
      const store = storeFrom(options, machine, log)
      if (typeof store === 'string') {
        refuse(store)
        return
      }
      const folder = packageFolder(import.meta.dirname)
      try {
        if (options.procSys !== undefined) useSysctlFolder(options.procSys)
        await runAgent({
          node,
          folders: { state, run },
          openKernel: (privateKeys) =>
            openKernel({
              privateKeys,
              wireguardPrograms: wireguardPrograms(),
              keeperSocket: join(run, KEEPER_SOCKET),
              log,
            }),
          openStore: store.open,
          host: openHost({ kernelRelease, isRoot }),
          version: packageVersion(folder),
          ...(installCni && { cni: { client: join(folder, 'dist', 'damask-cni'), binDir, confDir } }),
          ...(metricsAddress && { metricsAddress }),
          clock,
          log,
          signal,
          releaseMemory: () => {
            // There with --expose-gc; this flavour also gives back the pages that V8 pools.
            globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
            releaseMemory()
          },
        })
        log.info({}, 'stopped; the network stays as it is')
      } catch (cause) {
        log.error({ cause }, `the agent cannot run: ${cause instanceof Error ? cause.message : cause}`)
        setExitCode(1)
      }
    })
}

/** How to open the one that the options name; or what is wrong with them. The schemas and their readers are much code, and the network does not wait for them. */
function storeFrom(
  { node, store: directory, kubernetes, kubeconfig, apiServer }: AgentCommandOptions,
  { clock, kubernetesService }: Pick<Machine, 'clock' | 'kubernetesService'>,
  log: SecretLog,
): { readonly open: () => Promise<AgentStore> } | string {
  if ((directory === undefined) === (kubernetes === undefined))
    return `say where the resources are: either --store FOLDER or --kubernetes${directory === undefined ? '' : ', not both'}`
  if (directory !== undefined) {
    if (kubeconfig !== undefined || apiServer !== undefined)
      return '--kubeconfig and --api-server are of a cluster; they go with --kubernetes'
    return {
      async open() {
        const { openDirectoryStore } = await import('../store/index.ts')
        return openDirectoryStore({ directory, log })
      },
    }
  }
  const cluster = apiServerFrom({ kubeconfig, apiServer, kubernetesService })
  if (typeof cluster === 'string') return cluster
  return {
    async open() {
      const { openKubernetesApi, openKubernetesStore, spreadOf } = await import('../store/index.ts')
      const api = await openKubernetesApi({ ...cluster, clock, log })
      return openKubernetesStore({ api, clock, log, spread: spreadOf(node), close: api.close })
    },
  }
}
