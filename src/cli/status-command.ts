// `damask status`: what the agent of this machine is doing.
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { AGENT_SOCKET, type AgentStatus, askAgent } from '../agent/index.ts'
import type { Machine } from './commands.ts'
import { PLAIN } from './paint.ts'
import { paintStatus } from './painted-output.ts'
import { renderStatus } from './status-text.ts'

type StatusOptions = { readonly run: string; readonly output: 'text' | 'json' }

export function statusCommand({ terminal, clock }: Pick<Machine, 'terminal' | 'clock'>): Command {
  const { print, printError, setExitCode, paint = PLAIN } = terminal
  return new Command('status')
    .description('show what the agent on this machine is doing')
    .option('--run <folder>', "the agent's run folder", '/run/damask')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nReady: its own plan stands. Converged: every node has a key, and every peer had a handshake.\n\nExit code 0: ready; 1: not ready, or no agent is there.\n\nExamples:\n  # damask status\n  # damask status -o json | jq .peers',
    )
    .action(async ({ run, output }: StatusOptions) => {
      try {
        const { code, body } = await askAgent(join(run, AGENT_SOCKET), '/status')
        if (code !== 200) throw new Error(`the agent answered ${code}: ${body.trim()}`)
        const status: AgentStatus = JSON.parse(body)
        print(
          output === 'json'
            ? JSON.stringify(status, undefined, 2)
            : paintStatus(renderStatus(status, clock.now()), paint),
        )
        setExitCode(status.ready.ready ? 0 : 1)
      } catch (cause) {
        printError(cause instanceof Error ? cause.message : String(cause))
        setExitCode(1)
      }
    })
}
