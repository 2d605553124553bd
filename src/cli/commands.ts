// The commands by name. What a command needs is loaded when somebody calls it: an agent never loads the lab, and `damask cidr`
// loads no kernel.
import type { Command } from 'commander'
import type { Terminal } from './terminal.ts'

/** What a command may know of the machine it runs on; only main.ts looks. */
export type Machine = {
  readonly terminal: Terminal
  /** Takes a text as it is, for standard error. */
  readonly writeError: (text: string) => void
  /** Of the terminal that standard error is; left out where it is none that can redraw a line. */
  readonly errorColumns?: () => number
  /** Aborted by SIGTERM and SIGINT. */
  readonly signal: AbortSignal
  readonly clock: { readonly now: () => number; readonly after: (milliseconds: number, run: () => void) => () => void }
  /** Where Kubernetes says that its API server is, to what runs in a pod of it. */
  readonly kubernetesService?: { readonly host: string; readonly port: string }
  readonly kernelRelease: string
  readonly isRoot: boolean
  /** Where kubectl would look for its configuration: a path, or several as in the variable KUBECONFIG. */
  readonly kubeconfig?: string
  /** How to start this program again, small enough to idle for months: interpreter, flags, script. */
  readonly self: readonly string[]
}

export type CommandEntry = {
  readonly name: string
  readonly description: string
  /** Not listed: for other programs. */
  readonly isHidden?: boolean
  readonly load: (machine: Machine) => Promise<Command>
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'agent',
    description: 'run one node: its tunnels, routes, filter and pods',
    load: async (machine) => (await import('./agent-command.ts')).agentCommand(machine),
  },
  {
    name: 'keeper',
    description: 'keep the wireguard-go processes of an agent that is started anew in a container',
    load: async (machine) => (await import('./keeper-command.ts')).keeperCommand(machine),
  },
  {
    name: 'status',
    description: 'show what the agent on this machine is doing, or how a whole cluster is',
    load: async (machine) => (await import('./status-command.ts')).statusCommand(machine),
  },
  {
    name: 'node',
    description: 'make this machine a node of a network, or clean it of one',
    load: async (machine) => {
      const [{ nodeCommand }, { nodeCleanCommand }] = await Promise.all([
        import('./node-command.ts'),
        import('./node-clean-command.ts'),
      ])
      return nodeCommand(machine.terminal).addCommand(nodeCleanCommand(machine))
    },
  },
  {
    name: 'cni',
    description: 'make the container runtime of this machine give its pods to damask',
    load: async (machine) => (await import('./cni-command.ts')).cniCommand(machine),
  },
  {
    name: 'controller',
    description: 'grant gateways their slots and keep them, once in a network',
    load: async (machine) => (await import('./controller-command.ts')).controllerCommand(machine),
  },
  {
    name: 'install',
    description: 'put damask into a Kubernetes cluster, as its network',
    load: async (machine) => (await import('./install-command.ts')).installCommand(machine),
  },
  {
    name: 'check',
    description: 'look at a Kubernetes cluster before damask is installed, and try its network after',
    load: async (machine) => (await import('./check-command.ts')).checkCommand(machine),
  },
  {
    name: 'upgrade',
    description: "bring a cluster's damask to the version of this program",
    load: async (machine) => (await import('./upgrade-command.ts')).upgradeCommand(machine),
  },
  {
    name: 'uninstall',
    description: 'take damask out of a Kubernetes cluster, and all that it made off its nodes',
    load: async (machine) => (await import('./uninstall-command.ts')).uninstallCommand(machine),
  },
  {
    name: 'plan',
    description: 'show what each node would hold: links, routes, tunnels, packet filter',
    load: async (machine) => (await import('./plan-command.ts')).planCommand(machine),
  },
  {
    name: 'explain',
    description: 'say what an address, a name, a key or a number is, who owns it and where it stands',
    load: async (machine) => (await import('./explain-command.ts')).explainCommand(machine),
  },
  {
    name: 'cost',
    description: 'count the bytes between clouds, and what they cost, also if something were otherwise',
    load: async (machine) => (await import('./cost-command.ts')).costCommand(machine.terminal),
  },
  {
    name: 'graph',
    description: 'draw the network: sites, their nodes and the tunnels between them',
    load: async (machine) => (await import('./graph-command.ts')).graphCommand(machine),
  },
  {
    name: 'render',
    description: 'write the network for machines that run no agent: files of wg-quick',
    load: async (machine) => (await import('./render-command.ts')).renderCommand(machine),
  },
  {
    name: 'import',
    description: 'take over what another network plugin is configured with',
    load: async ({ terminal }) => (await import('./import-command.ts')).importCommand(terminal),
  },
  {
    name: 'verify',
    description: 'prove of a planned network who reaches whom, or find the mistakes of wg-quick files',
    load: async (machine) => (await import('./verify-command.ts')).verifyCommand(machine),
  },
  {
    name: 'trace',
    description: 'follow a packet through the plan, there and back, hop by hop',
    load: async (machine) => (await import('./trace-command.ts')).traceCommand(machine),
  },
  {
    name: 'bundle',
    description: 'gather what a bug report needs, without secrets, in one file',
    load: async (machine) => (await import('./bundle-command.ts')).bundleCommand(machine),
  },
  {
    name: 'lab',
    description: 'try a network of several clouds on this machine, in namespaces, with real packets (root)',
    load: async (machine) => (await import('./lab-command.ts')).labCommand(machine),
  },
  {
    name: 'cidr',
    description: 'arithmetic on prefixes',
    load: async ({ terminal }) => (await import('./cidr-command.ts')).cidrCommand(terminal),
  },
  {
    name: 'completion',
    description: 'print what makes a shell complete our commands, options and names',
    load: async ({ terminal }) => (await import('./completion-command.ts')).completionCommand(terminal),
  },
  {
    name: 'complete',
    description: 'what the scripts of completion ask',
    isHidden: true,
    load: async (machine) => (await import('./complete-command.ts')).completeCommand(machine, COMMANDS),
  },
]
