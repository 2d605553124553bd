// A World as a directory store: a file a node and a file a status, as people and agents write them.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { API_VERSION, formatAddress, formatPrefix, type Node, type World } from '../src/model/index.ts'

/** `agentOf`: the node whose agent will run on it, and write its status itself. */
export function writeStore(folder: string, { network, nodes, statuses }: World, agentOf?: string): void {
  for (const name of ['nodes', 'status']) mkdirSync(join(folder, name), { recursive: true })
  const prefixes = (list: World['network']['podPrefixes']): string => JSON.stringify(list.map(formatPrefix))
  writeFileSync(
    join(folder, 'network.yaml'),
    document('Network', network.name, 'spec', [
      `podPrefixes: ${prefixes(network.podPrefixes)}`,
      `servicePrefixes: ${prefixes(network.servicePrefixes)}`,
      'sites: { by: field }',
      `fabric: { kind: ${network.fabric.kind} }`,
    ]),
  )
  for (const node of nodes.values()) writeNode(folder, node)
  for (const { name, publicKey } of statuses.values()) {
    if (name === agentOf) continue
    const text = document('NodeStatus', name, 'status', [`publicKey: ${publicKey}`, 'underlayMtu: 1500'])
    writeFileSync(join(folder, 'status', `${name}.yaml`), text)
  }
}

/** In one step, as an editor does that saves well. */
export function writeNode(folder: string, { name, site, privateAddresses, endpoint, podPrefixes }: Node): void {
  const path = join(folder, 'nodes', `${name}.yaml`)
  const host = endpoint === undefined || typeof endpoint.host === 'string' ? '' : formatAddress(endpoint.host)
  const text = document('Node', name, 'spec', [
    `site: ${site}`,
    `privateAddresses: [${privateAddresses.map(({ address, length }) => `${formatAddress(address)}/${length}`)}]`,
    `endpoint: { host: ${host}, port: ${endpoint?.port} }`,
    `podPrefixes: ${JSON.stringify(podPrefixes.map(formatPrefix))}`,
  ])
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

const document = (kind: string, name: string, section: string, lines: readonly string[]): string =>
  [
    `apiVersion: ${API_VERSION}`,
    `kind: ${kind}`,
    `metadata: { name: ${name} }`,
    `${section}:`,
    ...lines.map((line) => `  ${line}`),
    '',
  ].join('\n')
