// The two documents that make a machine a node of a network: its Node, and the NodeStatus with its public key. As text they
// carry, beside each value that was guessed, where it is from.
import { Document, isNode, visit } from 'yaml'
import {
  type Address,
  API_VERSION,
  formatAddress,
  type PrivateAddress,
  type PublicKey,
  type Resource,
  readResource,
} from '../model/index.ts'
import type { MachineLook } from './machine-look.ts'
import { type Guess, guessEndpoint, guessName, guessPrivateAddresses, linkOf } from './node-guess.ts'

/** What was said on the command line; the rest is guessed. */
export type NodeWishes = {
  readonly name?: string
  readonly site?: string
  readonly privateAddresses?: readonly string[]
  /** False: none, whatever addresses the machine has. */
  readonly endpoint?: { readonly host: string; readonly port: number } | false
  readonly lan?: string
  readonly podPrefixes?: readonly string[]
}

export type NodeDocuments = {
  readonly name: string
  /** As the schema reads them; the key is left out until there is one. */
  readonly node: Readonly<Record<string, unknown>>
  readonly status: Readonly<Record<string, unknown>>
  /** By field of the Node, why it says so. */
  readonly because: Readonly<Record<string, string>>
  /** What a reader should look at. */
  readonly notes: readonly string[]
}

/** WireGuard's port where the Network says no other. */
export const TUNNEL_PORT = 51820

/** Throws, in a sentence, where something cannot be known or is no value for its field. */
export function writeDocuments(wishes: NodeWishes, look: MachineLook): NodeDocuments {
  const name = wishes.name === undefined ? guessName(look) : said(wishes.name)
  const addresses = wishes.privateAddresses?.map(said) ?? guessPrivateAddresses(look).map(mapped(formatPrivate))
  const endpoint = endpointOf(wishes, look)
  const node = {
    ...headOf('Node', name.value),
    spec: {
      ...(wishes.site !== undefined && { site: wishes.site }),
      privateAddresses: addresses.map(({ value }) => value),
      ...(endpoint && { endpoint: endpoint.value }),
      ...(wishes.lan !== undefined && { lan: wishes.lan }),
      ...(wishes.podPrefixes && { podPrefixes: wishes.podPrefixes }),
    },
  }
  const read = readOrThrow(node)
  if (read.kind !== 'Node') throw new Error('the document is no Node')
  const link = linkOf(read.value.privateAddresses, look)
  return {
    name: name.value,
    node,
    status: {
      ...headOf('NodeStatus', name.value),
      status: {
        ...(link && { underlayMtu: link.mtuBytes }),
        ...(link?.ipv6MtuBytes !== undefined && { underlayIpv6Mtu: link.ipv6MtuBytes }),
      },
    },
    because: {
      name: name.because,
      privateAddresses: [...new Set(addresses.map(({ because }) => because))].join('; '),
      endpoint: endpoint?.because ?? '',
    },
    notes: [
      ...(link ? [] : [`no link of this machine has ${addresses.map(({ value }) => value).join(' or ')} now`]),
      ...(endpoint || wishes.endpoint === false ? [] : [NO_ENDPOINT]),
    ],
  }
}

const NO_ENDPOINT =
  'this machine has no public address of its own, so it is taken to be behind NAT; where one leads to it all the same (an elastic address, a forwarded port), say --endpoint ADDRESS[:PORT]'

function endpointOf(
  { endpoint }: NodeWishes,
  look: MachineLook,
): Guess<{ readonly host: string; readonly port: number }> | undefined {
  if (endpoint === false) return undefined
  if (endpoint !== undefined) return said(endpoint)
  const guess = guessEndpoint(look)
  return guess && mapped((host: Address) => ({ host: formatAddress(host), port: TUNNEL_PORT }))(guess)
}

/** Two documents in one stream. */
export function renderDocuments(documents: NodeDocuments, publicKey: PublicKey): string {
  const { node, because } = documents
  const document = new Document(node)
  comment(document, ['metadata', 'name'], because.name)
  comment(document, ['spec', 'privateAddresses'], because.privateAddresses)
  comment(document, ['spec', 'endpoint', 'host'], because.endpoint)
  visit(document, {
    Seq: (_, list) => {
      list.flow = true
    },
  })
  document.commentBefore = ` Made by \`damask node init\` on this machine. Look at what it guessed.`
  const status = new Document(statusWithKey(documents, publicKey))
  return [document, status]
    .map((one) => one.toString(STYLE))
    .join('---\n')
    .trimEnd()
}

export const statusWithKey = ({ status }: NodeDocuments, publicKey: PublicKey): Readonly<Record<string, unknown>> => ({
  ...status,
  status: { publicKey, ...(status.status as object) },
})

const STYLE = { lineWidth: 0, flowCollectionPadding: false } as const

function comment(document: Document, path: readonly string[], text: string | undefined): void {
  const value = document.getIn(path, true)
  if (isNode(value) && text) value.comment = ` ${text}`
}

const headOf = (kind: Resource['kind'], name: string) => ({ apiVersion: API_VERSION, kind, metadata: { name } })

function readOrThrow(document: unknown): Resource {
  const read = readResource(document)
  if (read.kind === 'resource') return read.resource
  throw new Error(read.problems.map(({ message }) => message).join('; '))
}

const formatPrivate = ({ address, length }: PrivateAddress): string => `${formatAddress(address)}/${length}`

/** Needs no reason. */
const said = <Value>(value: Value): Guess<Value> => ({ value, because: '' })

const mapped =
  <From, To>(change: (value: From) => To) =>
  ({ value, because }: Guess<From>): Guess<To> => ({ value: change(value), because })
