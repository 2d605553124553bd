// docs/plain-machines.md, from top to bottom, as it is written: on machines of their own, with the Debian package installed.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandsOf, type PageCommand } from './page-commands.ts'
import { openReader, type PageReader } from './page-reader.ts'
import { createPlainMachine, createWire, type PlainMachine } from './plain-machine.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = readFileSync(join(ROOT, 'docs/plain-machines.md'), 'utf8')
const LAN = { n1: '172.16.0.1', n2: '172.16.0.2', s1: '172.16.128.1', s2: '172.16.129.1' }
type Name = keyof typeof LAN
const NAMES = ['n1', 'n2', 's1', 's2'] as const

let packages: string
beforeAll(() => {
  packages = mkdtempSync(join(tmpdir(), 'damask-plain-'))
  execFileSync(process.execPath, [join(ROOT, 'scripts/build-deb.ts'), '--out', packages, '--compression', 'none'])
})
afterAll(() => rmSync(packages, { recursive: true, force: true }))

describe.each(['rsync', 'git'] as const)('plain machines with documents handed round by %s', (way) => {
  let folder: string
  let reader: PageReader
  let machines: Readonly<Record<Name, PlainMachine>>
  let wires: readonly ReturnType<typeof createWire>[]
  const sections = commandsOf(PAGE, way)

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'damask-plain-'))
    for (const name of ['home', 'bin', 'server']) mkdirSync(join(folder, name))
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', join(folder, 'server/world.git')])
    for (const name of readdirSync(packages)) symlinkSync(join(packages, name), join(folder, 'home', name))
    const [internet, paris] = [createWire('203.0.113.1/24'), createWire('10.1.0.1/24')]
    wires = [internet, paris]
    const outside = (number: number) => ({
      wire: internet.name,
      link: 'eth0',
      address: `203.0.113.${number}/24`,
      gateway: '203.0.113.1',
    })
    const inside = (number: number, link: string) => ({ wire: paris.name, link, address: `10.1.0.${number}/24` })
    const machine = (name: Name, ...plugs: Parameters<typeof createPlainMachine>[0]['plugs']) =>
      createPlainMachine({
        name,
        folder: join(folder, name),
        standIns: join(folder, 'bin'),
        plugs,
      })
    machines = {
      n1: machine('n1', outside(11), inside(11, 'eth1')),
      n2: machine('n2', { ...inside(12, 'eth0'), gateway: '10.1.0.1' }),
      s1: machine('s1', outside(21)),
      s2: machine('s2', outside(22)),
    }
    reader = openReader({ folder, server: join(folder, 'server'), machines: Object.values(machines) })
  })
  afterAll(() => {
    for (const machine of Object.values(machines ?? {})) machine.powerOff()
    for (const machine of Object.values(machines ?? {})) machine.remove()
    for (const wire of wires ?? []) wire.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  function type(command: PageCommand): string {
    try {
      return reader.type(command.text)
    } catch (cause) {
      throw new Error(
        `docs/plain-machines.md:${command.line}: ${cause instanceof Error ? cause.message : cause}${logs()}`,
      )
    }
  }
  const typeSection = (title: string): string[] => {
    const commands = sections.get(title)
    if (commands === undefined || commands.length === 0) throw new Error(`the page has no commands under ${title}`)
    return commands.map(type)
  }

  const run = (name: Name, ...command: readonly string[]) => {
    const [program = '', ...words] = [...machines[name].enter(), ...command]
    return spawnSync(program, words, { encoding: 'utf8', cwd: '/' })
  }
  const reaches = (from: Name, to: Name, seconds = 1): boolean =>
    from === to || run(from, 'ping', '-n', '-q', '-c', '1', '-W', `${seconds}`, LAN[to]).status === 0
  /** What the timer does once a minute. */
  const fetchNow = (names: readonly Name[]): void => {
    if (way === 'git') for (const name of names) run(name, 'systemctl', 'start', 'damask-pull.service')
  }
  const logs = (): string =>
    Object.values(machines)
      .map(({ name, log }) => `\n--- ${name}\n${log()}`)
      .join('')

  async function untilAllMeet(names: readonly Name[]): Promise<void> {
    const pairs = names.flatMap((from) => names.map((to) => [from, to] as const))
    const apart = () => pairs.filter(([from, to]) => !reaches(from, to))
    await until(
      () => apart().length === 0,
      () => `these do not reach each other: ${apart().join(' ')}`,
    )
  }

  async function until(isTrue: () => boolean, otherwise = () => `never so: ${isTrue}`): Promise<void> {
    const end = Date.now() + 120_000
    while (!isTrue()) {
      if (Date.now() > end) throw new Error(`${otherwise()}${logs()}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  test('are installed, enabled, and start nothing', () => {
    const commands = sections.get('1. Install') ?? []
    for (const command of commands) type({ ...command, text: command.text.replace('n1 n2 s1', 'n1 n2 s1 s2') })
    for (const name of NAMES) {
      expect(run(name, 'systemctl', 'is-enabled', 'damask').stdout).toBe('enabled\n')
      expect(run(name, 'systemctl', 'is-active', 'damask').stdout).toBe('inactive\n')
    }
  })

  test('print documents that make a plan', () => {
    const printed = typeSection('2. Say what there is')
    expect(printed.at(-3)).toMatch(/^ {2}name: n1 # the host's name$/m)
    expect(printed.at(-1)).toContain('172.16.128.1 via 10.1.0.11')
    expect(printed.join()).not.toMatch(/\?(n1|n2|s1)/)
  })

  test('all reach each other once the agents are started', async () => {
    typeSection('3. Hand the documents round')
    const commands = sections.get('4. Start') ?? []
    commands.slice(0, 1).forEach(type)
    await untilAllMeet(['n1', 'n2', 's1'])
    const printed = commands.slice(1).map(type)
    expect(printed.at(0)).toContain('3 received')
    expect(printed.at(-1)).toMatch(/^converged +yes$/m)
  })

  test('carry packets of full size, which may not be fragmented', () => {
    const { mtu } = JSON.parse(run('n2', 'ip', '-j', 'link', 'show', 'damask0').stdout)[0]
    expect(run('n2', 'ping', '-c', '1', '-W', '20', '-M', 'do', '-s', String(mtu - 28), LAN.s1).stdout).toContain(
      '1 received',
    )
  })

  test('meet a machine that is added later', async () => {
    typeSection('5. Add a machine')
    typeSection('6. And start it')
    fetchNow(['n1', 'n2', 's1'])
    await untilAllMeet(NAMES)
  })

  test.each(['n1', 'n2'] as const)('have %s back after a reboot, without anybody’s help', async (name) => {
    // Its documents come from nowhere now.
    if (way === 'git') renameSync(join(folder, 'server'), join(folder, 'away'))
    machines[name].reboot()
    fetchNow([name])
    await untilAllMeet(NAMES)
    if (way === 'git') renameSync(join(folder, 'away'), join(folder, 'server'))
  })

  test('write what they have to say of themselves beside the documents, and contradict nobody', async () => {
    run('n1', 'ip', 'link', 'set', 'eth1', 'mtu', '1400')
    const status = '/etc/damask/world/status/n1.yaml'
    await until(() => run('n1', 'grep', 'underlayMtu: 1400', status).status === 0)
    if (way === 'rsync') typeSection('5. Add a machine')
    else expect(run('n1', 'git', '-C', '/etc/damask/world', 'status', '--short').stdout).toBe('')
    for (const name of ['n1', 's2'] as const) {
      const plan = run(name, '/usr/bin/damask', 'plan', '/etc/damask/world', '--node', name)
      expect({ stderr: plan.stderr, status: plan.status }).toEqual({ stderr: '', status: 0 })
      expect(plan.stdout).toContain('damask-t1')
    }
    expect(run('n1', 'cat', status).stdout).toContain('underlayMtu: 1400')
  })

  if (way === 'rsync') agentTests()

  test('have shown no private key to anybody', () => {
    const key = run('n1', 'cat', '/var/lib/damask/private.key').stdout.trim()
    expect(key).toHaveLength(44)
    const said = spawnSync('grep', ['-rlF', key, folder], { encoding: 'utf8' }).stdout.trim().split('\n')
    expect(said).toEqual([join(folder, 'n1/var/upper/lib/damask/private.key')])
  })

  /** The same whichever way the documents came. */
  function agentTests(): void {
    test('keep their network while the agent is stopped, killed, and started again', async () => {
      const tunnel = run('s1', 'pgrep', '-f', 'wireguard-go').stdout
      run('s1', 'systemctl', 'stop', 'damask')
      expect(run('s1', 'systemctl', 'is-active', 'damask').stdout).toBe('inactive\n')
      expect(NAMES.filter((name) => !reaches('s1', name, 20))).toEqual([])
      run('s1', 'systemctl', 'start', 'damask')
      run('s1', 'systemctl', 'kill', '--signal=KILL', '--kill-whom=main', 'damask')
      await until(
        () =>
          run('s1', 'systemctl', 'show', '--property=NRestarts,ActiveState', 'damask').stdout ===
          'NRestarts=1\nActiveState=active\n',
      )
      await untilAllMeet(NAMES)
      expect(run('s1', 'pgrep', '-f', 'wireguard-go').stdout).toBe(tunnel)
    })

    test('try a name that cannot be once, and say so', async () => {
      run('s2', 'sh', '-c', 'echo DAMASK_NODE=Not_A_Name > /etc/default/damask; systemctl restart damask')
      await until(() => run('s2', 'systemctl', 'is-failed', 'damask').stdout === 'failed\n')
      expect(machines.s2.log()).toContain('"Not_A_Name" is not the name of a node')
      run('s2', 'sh', '-c', 'rm /etc/default/damask; systemctl restart damask')
      await untilAllMeet(NAMES)
    })
  }
})
