// `damask import`: what another network plugin is configured with, as resources of ours.
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { formatIssue, type Issue } from '../store/index.ts'
import { type FlannelNetwork, readFlannelConfig } from './import/flannel-config.ts'
import type { Remark } from './import/folded-fields.ts'
import { findJsonMistake, type JsonMistake } from './import/json-mistake.ts'
import { type NetConfSource, openNetConf } from './import/net-conf-source.ts'
import { networkDocument, renderNetwork } from './import/network-document.ts'
import type { Terminal } from './terminal.ts'

type ImportOptions = { readonly output: 'yaml' | 'json' }

const STANDARD_INPUT = '-'

export const importCommand = (terminal: Terminal): Command =>
  new Command('import').description('take over what another network plugin is configured with').addCommand(
    new Command('flannel')
      .description("flannel's net-conf.json as a Network")
      .argument('<file>', 'net-conf.json, or the ConfigMap that holds it; - for standard input')
      .addOption(new Option('-o, --output <format>', 'how to print').choices(['yaml', 'json']).default('yaml'))
      .addHelpText(
        'after',
        `
Keys are read as flannel reads them: in any case, and of two the last. What flannel refuses is refused, and what Damask has nothing for
is a warning that says what to do; both name line and column. Nodes are not in there: write them, or let a cluster's
controller make them.

Examples:
  # damask import flannel /etc/kube-flannel/net-conf.json > network.yaml
  # damask import flannel /var/lib/rancher/k3s/agent/etc/flannel/net-conf.json
  # kubectl get configmap -n kube-flannel kube-flannel-cfg -o yaml | damask import flannel -`,
      )
      .action((file: string, { output }: ImportOptions) => importFlannel(file, output, terminal)),
  )

function importFlannel(file: string, output: ImportOptions['output'], terminal: Terminal): void {
  const { network, complaints } = readNetwork(file)
  for (const complaint of complaints) terminal.printError(complaint)
  if (network !== undefined) {
    terminal.print(output === 'json' ? JSON.stringify(networkDocument(network), undefined, 2) : renderNetwork(network))
  }
  terminal.setExitCode(network === undefined ? 2 : 0)
}

type Reading = { readonly network?: FlannelNetwork | undefined; readonly complaints: readonly string[] }

function readNetwork(file: string): Reading {
  const name = file === STANDARD_INPUT ? 'standard input' : file
  let bytes: Buffer
  try {
    bytes = readFileSync(file === STANDARD_INPUT ? 0 : file)
  } catch (cause) {
    return { complaints: [`cannot read ${name}: ${cause instanceof Error ? cause.message : cause}`] }
  }
  if (!isUtf8(bytes)) return { complaints: [`${name} is not text in UTF-8; expected flannel's net-conf.json`] }
  const source = openNetConf(bytes.toString())
  if (source === undefined)
    return {
      complaints: [`${name} is a ConfigMap without data["net-conf.json"], in which flannel's configuration stands`],
    }
  const mistake = findJsonMistake(source.text)
  if (mistake !== undefined) return { complaints: [showMistake(name, source, mistake)] }
  const { network, remarks } = readFlannelConfig(source.text)
  const ordered = remarks.toSorted((a, b) => a.offset - b.offset)
  return { network, complaints: ordered.map((remark) => formatIssue(issueAt(name, source, remark))) }
}

function issueAt(file: string, { placeOf }: NetConfSource, { offset, message, severity }: Remark): Issue {
  const { line, column } = placeOf(offset)
  return { file, line, column, message, severity }
}

/** With the line, and a caret under the place. */
function showMistake(file: string, source: NetConfSource, { offset, message, otherOffset }: JsonMistake): string {
  const { column, lineText } = source.placeOf(offset)
  const opened = otherOffset === undefined ? undefined : source.placeOf(otherOffset)
  const since = opened === undefined ? '' : `; what it closes begins at ${file}:${opened.line}:${opened.column}`
  // Tabs stay, so that the caret stands where a terminal shows the place.
  const blank = lineText.slice(0, column - 1).replace(/[^\t]/g, ' ')
  const issue = issueAt(file, source, { offset, message: `${message}${since}`, severity: 'error' })
  return `${formatIssue(issue)}\n    ${lineText}\n    ${blank}^`
}
