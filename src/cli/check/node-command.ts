// `damask check node`: what this machine is like for Damask.
import { Command, Option } from 'commander'
import { FABRIC_PORT_OFFSET, parsePrefix, VXLAN_PORT } from '../../model/index.ts'
import type { Machine } from '../commands.ts'
import { TUNNEL_PORT } from '../node-documents.ts'
import { groupFindings, hasErrors } from './finding.ts'
import { findingsText, summaryOf } from './finding-text.ts'
import { judgeNode } from './judge-node.ts'
import { judgeServer } from './judge-server.ts'
import { lookAtNode, type NodeWishes, type WantedPort } from './node-facts.ts'
import { nodeReport, shorterReports } from './node-report.ts'
import { writeReport } from './packed-report.ts'
import { PROBE_PORT } from './probe-port.ts'

type Options = {
  readonly root: string
  readonly podPrefix?: readonly string[]
  readonly servicePrefix?: readonly string[]
  readonly apiServer?: string
  readonly fabric?: string
  readonly tunnelPort: string
  readonly gatewaysPerSite: string
  readonly metricsPort: string
  readonly cniConfigDir: string
  readonly report?: string
  readonly output: 'text' | 'json'
}

export function checkNodeCommand({ terminal, kernelRelease, isRoot }: Machine): Command {
  return new Command('node')
    .description('look at this machine: its kernel, ports, packet filter, other plugins; changes nothing')
    .option('--pod-prefix <prefix>', 'a range of all pods', gathered)
    .option('--service-prefix <prefix>', 'a range of services', gathered)
    .option('--api-server <url>', 'how this machine reaches the API server, as https://203.0.113.10:6443')
    .option('--fabric <kind>', "how pods' packets travel inside a site")
    .option('--tunnel-port <port>', 'the first UDP port of tunnels', `${TUNNEL_PORT}`)
    .option('--gateways-per-site <count>', 'each has a port of its own', '1')
    .option('--metrics-port <port>', "of the agent's metrics, by which its kubelet sees whether it is ready", '9218')
    .option('--cni-config-dir <folder>', "configurations of the container runtime's plugins", '/etc/cni/net.d')
    .option('--root <folder>', "where the host's /dev, /etc, /proc and /run are mounted", '')
    .addOption(new Option('--report <file>', 'what is found, packed').hideHelp())
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Root sees all of it. Exit code 0: nothing stands in the way; 1: something does; 2: the input is wrong.

Examples:
  # damask check node
  # damask check node --pod-prefix 10.42.0.0/16 --api-server https://203.0.113.10:6443 -o json`,
    )
    .action(async (_: Options, command: Command) => {
      // Those that `damask check` has too are taken for its own, wherever they stand.
      const options: Options = command.optsWithGlobals()
      const { print, printError, setExitCode, paint } = terminal
      const wishes = tryWishes(options, printError)
      if (wishes === undefined) return setExitCode(2)
      const facts = await lookAtNode(wishes, { kernelRelease, isRoot })
      const found = judgeNode(facts, { ...wishes, ...(options.fabric !== undefined && { fabric: options.fabric }) })
      const report = nodeReport(facts, found)
      if (options.report !== undefined) {
        writeReport(options.report, shorterReports(report))
        return setExitCode(0)
      }
      const findings = groupFindings([...found, ...(report.server ? [judgeServer(report.server, 'unknown')] : [])])
      print(
        options.output === 'json'
          ? JSON.stringify({ ...report, findings }, undefined, 2)
          : `${findingsText(findings, paint)}\n${summaryOf(findings)}`,
      )
      setExitCode(hasErrors(findings) ? 1 : 0)
    })
}

function tryWishes(options: Options, printError: (text: string) => void): NodeWishes | undefined {
  const { root, podPrefix = [], servicePrefix = [], apiServer, cniConfigDir } = options
  try {
    return {
      root,
      podPrefixes: podPrefix.map(parsePrefix),
      servicePrefixes: servicePrefix.map(parsePrefix),
      ports: wantedPorts(options),
      cniFolder: cniConfigDir,
      ...(apiServer !== undefined && { apiServer: new URL(apiServer).href.replace(/\/$/, '') }),
    }
  } catch (cause) {
    printError(cause instanceof Error ? cause.message : String(cause))
    return undefined
  }
}

function wantedPorts({ tunnelPort, gatewaysPerSite, metricsPort, fabric }: Options): readonly WantedPort[] {
  const [first, gateways] = [
    wholeNumber('--tunnel-port', tunnelPort),
    wholeNumber('--gateways-per-site', gatewaysPerSite),
  ]
  const udp = (port: number, use: string, isNeeded = true): WantedPort => ({ protocol: 'udp', port, use, isNeeded })
  const tcp = (port: number, use: string, isNeeded: boolean): WantedPort => ({ protocol: 'tcp', port, use, isNeeded })
  return [
    ...Array.from({ length: gateways }, (_, slot) => udp(first + slot, 'of the tunnels')),
    ...(fabric === 'vxlan' ? [udp(VXLAN_PORT, 'of the fabric vxlan')] : []),
    ...(fabric === 'wireguard' ? [udp(first + FABRIC_PORT_OFFSET, 'of the fabric wireguard')] : []),
    tcp(wholeNumber('--metrics-port', metricsPort), "of the agent's metrics", true),
    tcp(PROBE_PORT, 'of the probes of `damask check`', false),
  ]
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text)
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > 65535)
    throw new Error(`${option} ${text} is not a number from 1 to 65535`)
  return number
}

const gathered = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]
