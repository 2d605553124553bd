// Who listens on which port of this network namespace, by the kernel's tables and the descriptors of the processes.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export type TakenPort = {
  readonly protocol: 'udp' | 'tcp'
  readonly port: number
  /** `dnsmasq`; left out: the kernel itself (WireGuard, vxlan), or a process that is not seen from here. */
  readonly program?: string
  /** What it was started with. */
  readonly commandLine?: string
}

const TABLES = [
  { protocol: 'udp', file: 'udp' },
  { protocol: 'udp', file: 'udp6' },
  { protocol: 'tcp', file: 'tcp' },
  { protocol: 'tcp', file: 'tcp6' },
] as const

/** Of these ports, ascending. `root`: where the host's /proc is, as `/host`. */
export function takenPorts(
  wanted: readonly { readonly protocol: 'udp' | 'tcp'; readonly port: number }[],
  root = '',
): readonly TakenPort[] {
  const sockets = TABLES.flatMap(({ protocol, file }) =>
    parseSockets(tryRead(`${root}/proc/self/net/${file}`), protocol).filter(({ port }) =>
      wanted.some((one) => one.protocol === protocol && one.port === port),
    ),
  )
  const owners =
    sockets.length === 0 ? new Map<string, string>() : ownersOf(new Set(sockets.map(({ inode }) => inode)), root)
  const taken = new Map<string, TakenPort>()
  for (const { protocol, port, inode } of sockets) {
    const pid = owners.get(inode)
    const commandLine = pid === undefined ? '' : tryRead(`${root}/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
    // By what it was started with: a program of Node calls its thread "MainThread".
    const started = commandLine.split(' ')[0]?.split('/').at(-1) ?? ''
    const program = pid === undefined || started !== '' ? started : tryRead(`${root}/proc/${pid}/comm`).trim()
    taken.set(`${protocol} ${port}`, { protocol, port, ...(program !== '' && { program, commandLine }) })
  }
  return [...taken.values()].sort((a, b) => a.port - b.port)
}

type Socket = { readonly protocol: 'udp' | 'tcp'; readonly port: number; readonly inode: string }

/** TCP_LISTEN and, of UDP, TCP_CLOSE: not connected. include/net/tcp_states.h */
const OPEN_STATE = { tcp: '0A', udp: '07' } as const

/** Lines of /proc/net/udp: slot, local address:port, remote, state, queues, timer, retransmits, uid, timeout, inode. */
export function parseSockets(table: string, protocol: 'udp' | 'tcp'): readonly Socket[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const fields = line.trim().split(/\s+/)
      const [, local = '', , state] = fields
      const port = Number.parseInt(local.split(':')[1] ?? '', 16)
      return state === OPEN_STATE[protocol] && port > 0 ? [{ protocol, port, inode: fields[9] ?? '0' }] : []
    })
}

function ownersOf(inodes: ReadonlySet<string>, root: string): ReadonlyMap<string, string> {
  const owners = new Map<string, string>()
  for (const pid of tryList(`${root}/proc`).filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of tryList(`${root}/proc/${pid}/fd`)) {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(tryLink(`${root}/proc/${pid}/fd/${descriptor}`)) ?? []
      if (inode !== undefined && inodes.has(inode)) owners.set(inode, pid)
    }
  }
  return owners
}

// Processes end while one looks, and not all may be looked at.
const tryRead = (path: string): string => attempt(() => readFileSync(path, 'utf8'), '')
const tryLink = (path: string): string => attempt(() => readlinkSync(path), '')
const tryList = (path: string): readonly string[] => attempt(() => readdirSync(path), [])

function attempt<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read()
  } catch {
    return otherwise
  }
}
