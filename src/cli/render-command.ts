// `damask render`: the network for those who run no agent. Today: files of wg-quick.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { hint, listNames, type NodeState, tryPublicKey } from '../model/index.ts'
import type { ClusterMachine } from './cluster-options.ts'
import type { PlannedWorld } from './planned-world.ts'
import type { Terminal } from './terminal.ts'
import { planSource, type WorldSource, withWorldSource } from './world-source.ts'

type WgQuickOptions = WorldSource & { readonly node?: string; readonly out?: string }

export const renderCommand = (machine: ClusterMachine): Command =>
  new Command('render')
    .description('write the network for machines that run no agent')
    .addCommand(wgQuickCommand(machine))

function wgQuickCommand(machine: ClusterMachine): Command {
  return withWorldSource(new Command('wg-quick'))
    .description('a file of wg-quick for each machine')
    .option('--node <name>', 'this node alone')
    .option('--out <folder>', 'write NODE.conf for each node there, in place of printing them')
    .addHelpText(
      'after',
      `
A file holds no private key: a PostUp line takes that from /etc/wireguard/wg0.key of its machine. Public keys are those of the
NodeStatus documents; ?n1 stands for one that is not there. Without agents nobody moves anything when a gateway dies, when a
name gets another address or when a machine joins: render anew then.

Examples:
  # damask render wg-quick /etc/damask/world --node n2
  # damask render wg-quick /etc/damask/world --out wg-quick    # then: scp wg-quick/n1.conf n1:/etc/wireguard/wg0.conf`,
    )
    .action(async (files: readonly string[], { node, out, ...source }: WgQuickOptions) => {
      const planned = await planSource(files, source, machine)
      if (planned === undefined) return
      const rendered = await renderFiles(planned, node)
      const { print, printError, setExitCode } = machine.terminal
      for (const problem of rendered.problems) printError(problem)
      if (rendered.problems.length > 0) return setExitCode(2)
      for (const warning of rendered.warnings) printError(`warning: ${warning}`)
      if (out !== undefined) return writeFiles(out, rendered.files, machine.terminal)
      const isOne = rendered.files.length === 1
      print(
        rendered.files
          .map(({ name, text }) => (isOne ? text : `### ${name}.conf\n${text}`))
          .join('\n')
          .trimEnd(),
      )
      setExitCode(0)
    })
}

type Rendered = {
  readonly files: readonly { readonly name: string; readonly text: string }[]
  readonly warnings: readonly string[]
  readonly problems: readonly string[]
}

async function renderFiles({ world, plan }: PlannedWorld, only: string | undefined): Promise<Rendered> {
  const names = [...world.nodes.keys()]
  const refused = (...problems: readonly string[]): Rendered => ({ files: [], warnings: [], problems })
  if (only !== undefined && !names.includes(only))
    return refused(`there is no node ${only} in this world; it has ${listNames(names)}${hint(only, names)}`)
  const { planNode } = await import('../planner/index.ts')
  const { renderWgQuick, wgQuickLack, wgQuickMachines } = await import('../render/index.ts')
  const states = names.map((name) => planNode(plan, name))
  const lacks = Map.groupBy(states, wgQuickLack)
  lacks.delete(undefined)
  if (lacks.size > 0) return refused(...[...lacks].map(([lack, those]) => lackText(lack, those)))
  const machines = wgQuickMachines(states)
  const wanted = [...machines.values()].filter(({ node }) => only === undefined || node === only)
  const alone = (only === undefined ? names : [only]).filter((name) => !wanted.some(({ node }) => node === name))
  if (wanted.length === 0) return refused(`no tunnel leads to ${listNames(alone)}, so there is nothing to write`)
  const keyless = [...machines.values()].filter(({ publicKey }) => tryPublicKey(publicKey) === undefined)
  return {
    files: wanted.map((one) => ({ name: one.node, text: renderWgQuick(one, machines, world.nodes) })),
    warnings: [
      ...(alone.length === 0 ? [] : [`no tunnel leads to ${listNames(alone)}: no file for it`]),
      ...(keyless.length === 0
        ? []
        : [
            `the public key of ${listNames(keyless.map(({ node }) => node))} is not known: write a NodeStatus with it, or put it where ?NAME stands`,
          ]),
    ],
    problems: [],
  }
}

const lackText = (lack: string | undefined, states: readonly NodeState[]): string =>
  `no file of wg-quick is enough for ${listNames(states.map(({ node }) => node))}: ${lack}`

function writeFiles(folder: string, files: Rendered['files'], { print, printError, setExitCode }: Terminal): void {
  try {
    mkdirSync(folder, { recursive: true })
    for (const { name, text } of files) {
      const path = join(folder, `${name}.conf`)
      writeFileSync(path, text, { mode: 0o600 })
      print(path)
    }
    setExitCode(0)
  } catch (cause) {
    printError(`cannot write into ${folder}: ${cause instanceof Error ? cause.message : cause}`)
    setExitCode(1)
  }
}
