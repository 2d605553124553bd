// `damask node`: what one does on a machine that is to become a node, or was one (node-clean-command.ts).
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { loadPrivateKey, PRIVATE_KEY_FILE } from '../agent/index.ts'
import { lookAtMachine, type MachineLook } from './machine-look.ts'
import { type NodeWishes, renderDocuments, statusWithKey, TUNNEL_PORT, writeDocuments } from './node-documents.ts'
import type { Terminal } from './terminal.ts'

type InitOptions = {
  readonly name?: string
  readonly site?: string
  readonly privateAddress?: readonly string[]
  /** False: --no-endpoint. */
  readonly endpoint?: string | false
  readonly lan?: string
  readonly podPrefix?: readonly string[]
  readonly state: string
  readonly output: 'yaml' | 'json'
}

/** `look`: another machine than this one only in tests. */
export function nodeCommand(terminal: Terminal, look: () => MachineLook = lookAtMachine): Command {
  return new Command('node').description('make this machine a node of a network, or clean it of one').addCommand(
    new Command('init')
      .description("make this machine's key, once, and print the documents that make it a node")
      .option('--name <name>', "the node's name (the host's name)")
      .option('--site <site>', 'the site of the machines that it shares a private network with')
      .option(
        '--private-address <address/length...>',
        'its addresses in that network (those of the link of the default route)',
      )
      .option('--endpoint <host[:port]>', 'where other sites reach it (a public address of that link)')
      .option('--no-endpoint', 'other sites do not reach it: behind NAT, or a firewall')
      .option('--lan <address>', "its address in the Network's virtual LAN")
      .option('--pod-prefix <prefix...>', 'the addresses of its pods')
      .option('--state <folder>', 'where the private key is kept', '/var/lib/damask')
      .addOption(
        new Option('-o, --output <format>', 'json: an array of both documents')
          .choices(['yaml', 'json'])
          .default('yaml'),
      )
      .addHelpText(
        'after',
        `
What is not said is looked up on this machine; what cannot be known is asked for. The private key stays in the state
folder. A key that is there already is kept, so that this can be called again.

Examples:
  # damask node init --site paris --lan 172.16.0.1 > paris-1.yaml
  # damask node init --private-address 10.0.0.11/24 --endpoint 203.0.113.11`,
      )
      .action((options: InitOptions) => init(options, terminal, look)),
  )
}

async function init(options: InitOptions, terminal: Terminal, look: () => MachineLook): Promise<void> {
  const { print, printError, setExitCode } = terminal
  // The key comes last: a wrong word leaves nothing behind.
  const documents = tryWriteDocuments(options, look, terminal)
  if (documents === undefined) return
  try {
    const wasThere = await isThere(join(options.state, PRIVATE_KEY_FILE))
    const { publicKey } = await loadPrivateKey(options.state)
    for (const note of documents.notes) printError(`note: ${note}`)
    printError(`${wasThere ? 'kept' : 'made'} the private key ${join(options.state, PRIVATE_KEY_FILE)}`)
    print(
      options.output === 'json'
        ? JSON.stringify([documents.node, statusWithKey(documents, publicKey)], undefined, 2)
        : renderDocuments(documents, publicKey),
    )
    setExitCode(0)
  } catch (cause) {
    printError(
      `cannot keep a private key in ${options.state}: ${messageOf(cause)}${isDenied(cause) ? '; run this as root, or name another folder by --state' : ''}`,
    )
    setExitCode(1)
  }
}

function tryWriteDocuments(options: InitOptions, look: () => MachineLook, { printError, setExitCode }: Terminal) {
  try {
    return writeDocuments(wishesOf(options), look())
  } catch (cause) {
    printError(messageOf(cause))
    setExitCode(2)
    return undefined
  }
}

function wishesOf({ name, site, privateAddress, endpoint, lan, podPrefix }: InitOptions): NodeWishes {
  return {
    ...(name !== undefined && { name }),
    ...(site !== undefined && { site }),
    ...(privateAddress && { privateAddresses: privateAddress }),
    ...(endpoint !== undefined && { endpoint: endpoint === false ? false : parseEndpoint(endpoint) }),
    ...(lan !== undefined && { lan }),
    ...(podPrefix && { podPrefixes: podPrefix }),
  }
}

/** `HOST`, `HOST:PORT`, `[IPv6]:PORT`, or an IPv6 address alone. The schema says what is wrong with either part. */
function parseEndpoint(text: string): { readonly host: string; readonly port: number } {
  // Two colons and no bracket: an IPv6 address, which the pattern does not take.
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::([^:]*))?$/.exec(text) ?? []
  if (port !== undefined && !/^\d{1,6}$/.test(port))
    throw new Error(`--endpoint ${text}: "${port}" is no port; write it as 203.0.113.11:51820 or [2001:db8::11]:51820`)
  return { host: bracketed ?? plain ?? text, port: port === undefined ? TUNNEL_PORT : Number(port) }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const isDenied = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && (cause.code === 'EACCES' || cause.code === 'EPERM')

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
