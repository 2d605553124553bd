// What a node's resolver reads in place of a DNS: /etc/hosts with the names of the lab, and an order that asks it first.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatAddress } from '../model/index.ts'
import type { HostName } from './layout.ts'

/** In the node's folder, and under /etc inside the node. A mount follows the file itself: change it in place. */
export const RESOLVER_FILES = ['hosts', 'nsswitch.conf'] as const

/** Those that are there stay, as the files of a machine do when it starts again. */
export function writeResolverFiles(folder: string, hosts: readonly HostName[]): void {
  const [names, order] = RESOLVER_FILES
  writeOnce(join(folder, names), hostsText(readIfThere('/etc/hosts') ?? '', hosts))
  const machine = readIfThere('/etc/nsswitch.conf') // there is none without glibc
  if (machine !== undefined) writeOnce(join(folder, order), filesFirst(machine))
}

/** hosts(5): the machine's lines for itself, and the lab's names, also with the dot at the end that a document may have. */
export function hostsText(machine: string, hosts: readonly HostName[]): string {
  const own = machine.split('\n').filter((line) => /^\s*(127\.|::1\s)/.test(line))
  const named = hosts.flatMap(({ name, addresses }) =>
    addresses.map((address) => `${formatAddress(address)} ${name}. ${name}`),
  )
  return [...(own.length > 0 ? own : ['127.0.0.1 localhost', '::1 localhost']), ...named, ''].join('\n')
}

/** nsswitch.conf(5): other sources would answer for a name of the lab before its file does. */
export const filesFirst = (machine: string): string =>
  /^hosts:/m.test(machine) ? machine.replace(/^hosts:.*$/m, 'hosts: files dns') : `${machine}\nhosts: files dns\n`

function writeOnce(file: string, text: string): void {
  if (!existsSync(file)) writeFileSync(file, text)
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
