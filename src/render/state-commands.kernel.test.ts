import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Entry, type NodeState, type PublicKey, parseAddress } from '../model/index.ts'
import { exampleState } from './example-state.fixture.ts'
import { renderCommands, renderText } from './index.ts'

// The node: a namespace with wireguard-go's sockets of its own, and processes that end when its first one does.
let holder: ChildProcess
let node = ''
let folder = ''

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'damask-render-'))
  const hold = 'mkdir -p /run/wireguard && mount -t tmpfs none /run/wireguard && echo ready && exec sleep 300'
  holder = spawn('unshare', ['-n', '-m', '-p', '-f', '--kill-child', '--mount-proc', 'sh', '-c', hold], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve) => holder.stdout?.once('data', resolve))
  node = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8').trim()
  // Two links, so that the right one has to be found: a veth, because a new namespace has nothing but `lo`.
  run('ip link add eth0 type veth peer name other; ip link set other up; ip link set eth0 up; ip link set lo up')
  run('ip address add 172.31.0.11/20 dev eth0; ip address add 172.31.64.11/20 dev other')
})

afterEach(() => {
  holder.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

function run(command: string, environment: Record<string, string> = {}): string {
  const words = ['-t', node, '-n', '-m', '-p', 'sh', '-eu', '-c', command]
  return execFileSync('nsenter', words, { encoding: 'utf8', env: { ...process.env, ...environment } })
}

/** Writes a new private key into the folder, and tells its public half. */
function makeKey(name: string): PublicKey {
  const key = execFileSync('wg', ['genkey'], { encoding: 'utf8' })
  writeFileSync(join(folder, name), key, { mode: 0o600 })
  return execFileSync('wg', ['pubkey'], { encoding: 'utf8', input: key }).trim() as PublicKey
}

const hasIpip = (): boolean =>
  run('ip link add probe type ipip local 172.31.0.11 2>/dev/null && ip link del probe && echo yes || true') !== ''

/** The state as far as this kernel can hold it. */
function stateFor(keys: Parameters<typeof exampleState>[0]): NodeState {
  const state = exampleState(keys)
  if (hasIpip()) return state
  return { ...state, parts: state.parts.map((part) => part.filter((entry) => !names(entry, 'damask-ipip'))) }
}

const names = (entry: Entry, link: string): boolean => JSON.stringify(entry).includes(`"${link}"`)

/** What the node should list once the script ran: the link has a name, the pod's is not there, nor the peer without a key. */
function expectedText(state: NodeState): string {
  const entries = state.parts
    .flat()
    .filter((entry) => !names(entry, 'dmk0'))
    .filter((entry) => entry.kind !== 'wireguard-peer' || !entry.publicKey.startsWith('?'))
  return renderText({ ...state, parts: [entries] }, { because: false }).replaceAll('$NIC', 'eth0')
}

const sectionOf = (text: string, heading: string): string[] => {
  const section = text.split(/\n\n(?=# )/).filter((part) => part.startsWith(`# ${heading}\n`))
  return (section[0] ?? '').trimEnd().split('\n').slice(1)
}

/** Lines without trailing blanks; a line that goes on with a tab belongs to the one before it. */
const entriesOf = (listing: string | readonly string[]): string[] =>
  (typeof listing === 'string' ? listing : listing.join('\n'))
    .replace(/ +$/gm, '')
    .trimEnd()
    .split(/\n(?!\t)/)
    .sort()

for (const shell of ['dash', 'bash']) {
  test(`the script builds in ${shell} what the text of the state says, line by line`, () => {
    const state = stateFor({ own: makeKey('own'), peer: makeKey('peer') })
    const script = join(folder, 'build.sh')
    writeFileSync(script, renderCommands(state))
    run(`${shell} ${script} </dev/null`, { KEY: join(folder, 'own') })

    const text = expectedText(state)
    const of = (heading: string) => sectionOf(text, heading)
    const ofOurs = (listing: string) => listing.replace(/^(?!.*proto 218).*\n/gm, '')
    expect(entriesOf(ofOurs(run('ip rule')))).toEqual(entriesOf(of('rules, IPv4')))
    expect(entriesOf(ofOurs(run('ip -6 rule')))).toEqual(entriesOf(of('rules, IPv6')))
    for (const [table, heading] of [
      [219, 'routes: table 219 (guards)'],
      [218, 'routes: table 218'],
    ] as const) {
      const listing = run(`ip route show table ${table}; ip -6 route show table ${table}`)
      expect(entriesOf(listing)).toEqual(entriesOf(of(heading)))
    }
    expect(entriesOf(run('ip nexthop'))).toEqual(entriesOf(of('next hops')))
    expect(entriesOf(ofOurs(run('ip neigh')))).toEqual(entriesOf(of('neighbours')))
    const fdb = run('bridge fdb').replace(/^(?!.* dst ).*\n/gm, '')
    expect(entriesOf(fdb)).toEqual(entriesOf(of('forwarding entries')))

    const filter = run('nft list table inet damask').replace(/ packets \d+ bytes \d+/g, '')
    expect(filter).toBe(`${of('packet filter').join('\n')}\n`)
    const nft = JSON.parse(run('nft -j list table inet damask'))
    expect(nft.nftables.filter((item: object) => 'rule' in item)).toHaveLength(8)

    for (const device of ['damask-t1', 'damask-f1']) {
      const config = run(`wg showconf ${device}`).replace(/PrivateKey = .*\n/, '')
      const wireguard = of(`wireguard ${device}`).filter((line) => !line.startsWith('# '))
      expect(config.trimEnd().split('\n').filter(Boolean).sort()).toEqual(wireguard.filter(Boolean).sort())
    }
    expect(run('wg show damask-t1 public-key').trim()).toBe(
      state.parts.flat().find((entry) => entry.kind === 'wireguard-device')?.publicKey,
    )

    for (const line of of('settings')) {
      expect(run(`sysctl ${line.split(' = ')[0]}`).trim()).toBe(line)
    }
    expect(addressesInNode()).toEqual(of('addresses').sort())
    expect(linksInNode()).toEqual([
      'damask-f1 1430 218 none true',
      ...(of('links').some((line) => line.startsWith('damask-ipip')) ? ['damask-ipip 1370 218 none true'] : []),
      'damask-t1 1440 218 none true',
      'damask-vx 1390 218 none true',
      'damask0 1390 218 none true',
    ])
    const [vxlan] = JSON.parse(run('ip -j -d link show damask-vx'))
    expect(vxlan.address).toBe('02:da:ac:1f:00:0b')
    expect(vxlan.linkinfo.info_data).toMatchObject({ id: 218, port: 8472, local: '172.31.0.11', learning: false })
  })
}

function addressesInNode(): string[] {
  const lines = run('ip -o address').split('\n')
  const words = lines.map((line) => /^\d+: (\S+) +(.*?) *\\/.exec(line)?.slice(1) ?? [])
  return (
    words
      .filter(([, text]) => text?.includes('noprefixroute'))
      // iproute2 ends an IPv4 address with its label, which is the link's name.
      .map(([link = '', text = '']) => `${link} ${text.endsWith(` ${link}`) ? text.slice(0, -link.length - 1) : text}`)
      .sort()
  )
}

type LinkJson = {
  readonly ifname: string
  readonly mtu: number
  readonly group: string
  readonly inet6_addr_gen_mode: string
  readonly flags: readonly string[]
}

const linksInNode = (): string[] =>
  (JSON.parse(run('ip -j -d link')) as LinkJson[])
    .filter(({ group }) => group === '218')
    .map((link) => `${link.ifname} ${link.mtu} ${link.group} ${link.inet6_addr_gen_mode} ${link.flags.includes('UP')}`)
    .sort()

test('the script makes an ipip link as the text of the state says', ({ skip }) => {
  if (!hasIpip()) skip('this kernel has no IPIP')
  const state = exampleState({ own: makeKey('own'), peer: makeKey('peer') })
  writeFileSync(join(folder, 'build.sh'), renderCommands(state))
  run(`sh ${folder}/build.sh </dev/null`, { KEY: join(folder, 'own') })
  const listing = run('ip -d link show damask-ipip')
  for (const words of ['local 172.31.0.11', 'ttl 64', 'pmtudisc', 'fwmark 0x1000']) expect(listing).toContain(words)
  expect(listing).not.toContain('nopmtudisc')
})

test('the script stops before its first change when the file holds the private key of another node', () => {
  const state = exampleState({ own: makeKey('own'), peer: makeKey('peer') })
  writeFileSync(join(folder, 'build.sh'), renderCommands(state))
  expect(() => run(`sh ${folder}/build.sh 2>&1`, { KEY: join(folder, 'peer') })).toThrow(/Command failed/)
  expect(run('ip rule')).not.toContain('218')
})

test('the script stops before its first change when no link holds the private address', () => {
  const state = exampleState({ own: makeKey('own'), peer: makeKey('peer') })
  writeFileSync(join(folder, 'build.sh'), renderCommands(state, { privateAddresses: [parseAddress('172.31.0.99')] }))
  const said = run(`sh ${folder}/build.sh 2>&1 || true`, { KEY: join(folder, 'own') })
  expect(said).toContain('no link of this host holds 172.31.0.99; set NIC')
  expect(run('ip rule')).not.toContain('218')
})
