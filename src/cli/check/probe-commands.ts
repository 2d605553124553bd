// What the pods of a check run. For nobody else.
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import type { Machine } from '../commands.ts'
import { writeReport } from './packed-report.ts'
import type { ProbeReport } from './probe-plan.ts'
import { PROBE_PORT } from './probe-port.ts'
import { serveProbes } from './probe-server.ts'
import { sendProbes } from './send-probes.ts'

export function serveProbesCommand({ signal }: Machine): Command {
  return new Command('serve-probes')
    .description('answer the probes of a check, until it is stopped')
    .requiredOption('--node <name>', 'whose pod this is')
    .option('--port <port>', 'of TCP and UDP', `${PROBE_PORT}`)
    .addHelpText('after', '\nExample:\n  # damask check serve-probes --node aws-1')
    .action(async ({ node, port }: { readonly node: string; readonly port: string }) => {
      const server = await serveProbes(node, Number(port))
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve(), { once: true })
      })
      server.close()
    })
}

type SendOptions = {
  readonly node: string
  readonly plan: string
  readonly authority?: string
  readonly report?: string
}

export function sendProbesCommand({ terminal }: Machine): Command {
  return new Command('send-probes')
    .description("ask what a check's plan has for a node")
    .requiredOption('--node <name>', 'whose pod this is')
    .requiredOption('--plan <file>', 'what to ask')
    .option('--authority <file>', "certificates of the API server's authority")
    .option('--report <file>', 'what is found, packed')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['json']).default('json'))
    .addHelpText('after', '\nExample:\n  # damask check send-probes --node aws-1 --plan plan.json')
    .action(async ({ node, plan, authority, report: file }: SendOptions) => {
      const report = await sendProbes(JSON.parse(readFileSync(plan, 'utf8')), node, tryRead(authority))
      terminal.print(JSON.stringify(report))
      if (file !== undefined) writeReport(file, shorterReports(report))
      terminal.setExitCode(0)
    })
}

/** Ever shorter, for a place that does not hold all of it: at last one failure a receiver. */
function shorterReports(report: ProbeReport): readonly ProbeReport[] {
  const { failures } = report
  const oneEach = failures.filter(({ to }, index) => failures.findIndex((one) => one.to === to) === index)
  return [report, { ...report, failures: oneEach }, { ...report, failures: oneEach.slice(0, 10) }]
}

function tryRead(path: string | undefined): string | undefined {
  try {
    return path === undefined ? undefined : readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
