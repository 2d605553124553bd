// What a bug report needs of this machine: what its agent says, and what the kernel has of ours.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AGENT_SOCKET, askAgent } from '../../agent/index.ts'
import type { Bundle } from './bundle.ts'

export type MachinePartsOptions = {
  readonly bundle: Bundle
  readonly run: string
  readonly state: string
  readonly kernelRelease: string
}

/** Docs/on-a-host.md tells what they show. */
const COMMANDS: readonly (readonly [name: string, ...words: string[]])[] = [
  ['links', 'ip', '-d', '-s', 'link', 'show'],
  ['addresses', 'ip', 'address', 'show'],
  ['rules', 'ip', 'rule'],
  ['rules-ipv6', 'ip', '-6', 'rule'],
  ['routes', 'ip', 'route', 'show', 'table', 'all'],
  ['routes-ipv6', 'ip', '-6', 'route', 'show', 'table', 'all'],
  ['next-hops', 'ip', 'nexthop'],
  ['neighbours', 'ip', 'neighbour'],
  ['forwarding', 'bridge', 'fdb', 'show'],
  ['filter', 'nft', 'list', 'ruleset'],
  ['wireguard', 'wg', 'show'],
  ['sockets', 'ss', '-lunp'],
  ['log', 'journalctl', '--unit=damask', '--lines=2000', '--no-pager', '--output=cat'],
  ['kernel-log', 'dmesg'],
]

const LIMIT_MS = 20_000
const MOST_BYTES = 32 * 1024 * 1024

export async function gatherMachineParts({ bundle, run, state, kernelRelease }: MachinePartsOptions): Promise<void> {
  bundle.addText('kernel.txt', "the kernel's release", kernelRelease)
  const socket = join(run, AGENT_SOCKET)
  for (const [name, path, about] of [
    ['status.json', '/status', 'damask status'],
    ['metrics.txt', '/metrics', "the agent's numbers"],
  ] as const) {
    await bundle.attempt(name, async () => {
      const { code, body } = await askAgent(socket, path)
      if (code !== 200) throw new Error(`the agent answered ${code}: ${body.trim()}`)
      bundle.trustKeysOf(body)
      bundle.addText(name, about, body)
    })
  }
  // The private key stands beside the snapshot; it is not read.
  for (const [name, path, about] of [
    ['world.snapshot', join(state, 'world.snapshot'), 'the last world that the agent had'],
    ['os-release.txt', '/etc/os-release', 'the distribution'],
    ['modules.txt', '/proc/modules', "the kernel's modules"],
  ] as const) {
    await bundle.attempt(name, async () => {
      const text = await readFile(path, 'utf8')
      if (name === 'world.snapshot') bundle.trustKeysOf(text)
      bundle.addText(name, about, text)
    })
  }
  for (const [name, ...words] of COMMANDS) {
    const file = `kernel/${name}.txt`
    await bundle.attempt(file, async () => bundle.addText(file, words.join(' '), await outputOf(words)))
  }
}

function outputOf([program = '', ...words]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { timeout: LIMIT_MS, maxBuffer: MOST_BYTES }, (error, output, errors) => {
      if (error === null) resolve(output)
      else if ('code' in error && error.code === 'ENOENT') reject(new Error(`there is no program ${program}`))
      else if (output.trim() !== '') resolve(`${output}\n${errors}`)
      else reject(new Error(errors.trim() || error.message))
    })
  })
}
