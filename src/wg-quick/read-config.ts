// One wg-quick file, as wg-quick and `wg setconf` read it (wireguard-tools, wg-quick/linux.bash and config.c): keys in any case,
// `#` begins a comment anywhere, several lines and comma lists of AllowedIPs, the later of two equal settings counts.
import type { AllowedPrefix, Config, ConfigAddress, ConfigFile, Peer } from './config.ts'
import { type ConfigLine, readLines, splitValue } from './config-line.ts'
import type { Draft } from './finding.ts'
import { hideKeys } from './hide-keys.ts'
import { isKnown, isOfInterface, meantKey, unrecognized } from './known-keys.ts'
import { openText } from './open-text.ts'
import type { Place, Placed } from './place.ts'
import {
  isProblem,
  type Read,
  readAllowed,
  readEndpoint,
  readFwMark,
  readKeepalive,
  readKey,
  readMtu,
  readNetwork,
  readPort,
  readPublicKey,
  readTable,
} from './value.ts'

type Writable<Data> = { -readonly [Key in keyof Data]: Data[Key] }
type PeerDraft = Writable<Omit<Peer, 'allowed' | 'unread'>> & {
  readonly allowed: Placed<AllowedPrefix>[]
  readonly unread: Set<string>
}
type ConfigDraft = Writable<Omit<Config, 'addresses' | 'hooks' | 'peers' | 'unread'>> & {
  readonly addresses: Placed<ConfigAddress>[]
  readonly hooks: (Placed<string> & { readonly key: string })[]
  readonly peers: PeerDraft[]
  readonly unread: Set<string>
}

/** What the file says, and what wg-quick would refuse of it; what could be read is there in any case. */
export function readConfig(file: ConfigFile): { readonly config: Config; readonly findings: readonly Draft[] } {
  const findings: Draft[] = []
  const config: ConfigDraft = {
    file,
    place: { file: file.path, line: 1, column: 1 },
    addresses: [],
    hooks: [],
    peers: [],
    unread: new Set(),
  }
  let section: 'none' | 'unknown' | 'interface' | PeerDraft = 'none'
  const seen = new Map<object, Set<string>>()

  const refuse = (place: Place, what: string, write?: string): void => {
    const subjects = typeof section === 'object' ? [section] : undefined
    findings.push({
      severity: 'error',
      code: 'syntax',
      place,
      what: hideKeys(what),
      follows: 'wg-quick refuses the whole file',
      write,
      subjects,
    })
  }
  /** What stands there and cannot be read. */
  const noteUnread = (key: string): void => {
    const owner = typeof section === 'object' && !isOfInterface(key) ? section : config
    owner.unread.add(key.toLowerCase())
  }
  /** Says what is wrong with a value; and where a setting that can only be one stands twice. */
  const take = <Value>(line: ConfigLine, read: Read<Value>): Placed<Value> | undefined => {
    noteRepeated(line)
    if (!isProblem(read)) return { value: read.value, place: line.valuePlace }
    noteUnread(line.key)
    refuse(line.valuePlace, `${line.key} ${read.problem}`)
    return undefined
  }
  const noteRepeated = ({ key, place }: ConfigLine): void => {
    const owner = typeof section === 'object' ? section : config
    const keys = seen.get(owner) ?? new Set()
    seen.set(owner, keys)
    if (keys.has(key.toLowerCase()))
      findings.push({
        severity: 'warning',
        code: 'repeated-key',
        place,
        what: `${key} stands twice in one section, and the later counts`,
        write: typeof section === 'object' ? 'the line [Peer] before it, if another peer begins here' : undefined,
      })
    keys.add(key.toLowerCase())
  }

  const takeQuick = (line: ConfigLine): void => {
    switch (line.key.toLowerCase()) {
      case 'address':
        for (const { text, place } of splitValue(line, /[,\s]+/)) {
          const read = text === '' ? undefined : readNetwork(text)
          if (read === undefined) continue
          if (isProblem(read)) {
            noteUnread(line.key)
            refuse(place, `Address ${read.problem}`)
          } else config.addresses.push({ value: read.value, place })
        }
        return
      case 'mtu':
        config.mtuBytes = take(line, readMtu(line.value))
        return
      case 'table':
        config.table = take(line, readTable(line.value))
        return
      case 'saveconfig':
        if (!/^(true|false)$/i.test(line.value))
          refuse(line.valuePlace, `SaveConfig "${line.value}" is neither true nor false`)
        return
      case 'dns':
        return
      default:
        config.hooks.push({ key: line.key, value: line.value, place: line.place })
    }
  }

  const takeInterface = (line: ConfigLine): boolean => {
    switch (line.key.toLowerCase()) {
      case 'privatekey':
        config.privateKey = take(line, readKey(line.value))
        return true
      case 'listenport':
        config.listenPort = take(line, readPort(line.value))
        return true
      case 'fwmark':
        take(line, readFwMark(line.value))
        return true
      default:
        return false
    }
  }

  const takePeer = (peer: PeerDraft, line: ConfigLine): boolean => {
    switch (line.key.toLowerCase()) {
      case 'publickey':
        peer.publicKey = take(line, readPublicKey(line.value))
        return true
      case 'presharedkey':
        peer.presharedKey = take(line, readKey(line.value))
        return true
      case 'endpoint':
        peer.endpoint = take(line, readEndpoint(line.value))
        return true
      case 'persistentkeepalive':
        peer.keepaliveSeconds = take(line, readKeepalive(line.value))
        return true
      case 'allowedips':
        for (const { text, place } of splitValue(line, /,/)) {
          const read = readAllowed(text)
          if (isProblem(read)) {
            noteUnread(line.key)
            refuse(place, `AllowedIPs: ${read.problem}`)
          } else peer.allowed.push({ value: read.value, place })
          if ('remark' in read && read.remark !== undefined)
            findings.push({ severity: 'warning', code: 'host-bits', place, what: read.remark })
        }
        return true
      default:
        return false
    }
  }

  const takeHeader = ({ key, place }: ConfigLine): void => {
    const header = key.toLowerCase()
    // What is nearly a peer begins one, or its settings would be taken for those of the section before.
    if (header.startsWith('[peer')) {
      section = { place, allowed: [], unread: new Set() }
      config.peers.push(section)
    } else section = header === '[interface]' ? 'interface' : 'unknown'
    if (header === '[interface]') config.place = place
    else if (header !== '[peer]') refuse(place, `${key} is not a section`, '[Interface] or [Peer]')
  }

  let isBeginningTold = false
  const takeStray = (line: ConfigLine): void => {
    noteUnread(line.key)
    if (section === 'none' && !isBeginningTold)
      refuse(line.place, `${line.key} stands before any section`, '[Interface] above it')
    isBeginningTold = true
  }

  const { text, problem } = openText(file.text)
  if (problem !== undefined) refuse(config.place, problem.what, problem.write)
  if (text === undefined) for (const key of ['PrivateKey', 'ListenPort', 'Address']) noteUnread(key)
  for (const line of readLines(file.path, text ?? '')) {
    if (line.kind === 'quick') takeQuick(line)
    else if (line.kind === 'header') takeHeader(line)
    else if (section === 'none' || section === 'unknown') takeStray(line)
    else if (line.hasValue && line.value === '' && isKnown(line.key)) {
      noteUnread(line.key)
      refuse(line.place, `${line.key} has no value`, 'the value, or leave the line out')
    } else if (!line.hasValue || !(section === 'interface' ? takeInterface(line) : takePeer(section, line))) {
      const meant = meantKey(line.key)
      if (meant !== undefined) noteUnread(meant)
      refuse(line.place, ...unrecognized(line, section === 'interface'))
    }
  }
  for (const peer of config.peers) {
    section = peer
    if (peer.publicKey === undefined && !peer.unread.has('publickey'))
      refuse(peer.place, 'this peer has no PublicKey', 'PublicKey = that of the other machine')
  }
  return { config, findings }
}
