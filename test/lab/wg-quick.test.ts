// Networks without an agent: each machine has the file that `damask render wg-quick` wrote for it, and its own private key;
// wg-quick itself does the rest.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkPairs } from '../../src/lab/check.ts'
import { readInternet } from '../../src/lab/internet.ts'
import { enterNode, startHolder } from '../../src/lab/node-holder.ts'
import { killAll, type ProcessRecord, processesIn } from '../../src/lab/process-record.ts'
import { generateKeyPair } from '../../src/linux/wireguard/key-pair.ts'
import { formatAddress } from '../../src/model/index.ts'
import { planNode, preparePlan } from '../../src/planner/index.ts'
import { readWorld } from '../../src/store/index.ts'
import { underlayOfThisFile } from '../lab-underlay.ts'
import { damask, EXAMPLES } from './damask-process.ts'

const example = (name: string): string => readFileSync(join(EXAMPLES, `${name}.yaml`), 'utf8')

async function worldOf(documents: string) {
  const folder = mkdtempSync(join(tmpdir(), 'damask-wg-quick-'))
  try {
    const source = join(folder, 'world.yaml')
    writeFileSync(source, documents)
    const { world, lab } = await readWorld([source])
    if (world === undefined || lab === undefined) throw new Error('the documents are no world with a Lab')
    return { world, lab }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Within `describe`: machines with their files and keys, and nothing up yet. */
async function machinesOf(documents: string) {
  const names = [...(await worldOf(documents)).world.nodes.keys()]
  const keys = new Map(names.map((name) => [name, generateKeyPair()]))
  const statuses = [...keys].map(
    ([name, { publicKey }]) =>
      `---\napiVersion: damask.dev/v1alpha1\nkind: NodeStatus\nmetadata: { name: ${name} }\nstatus: { publicKey: ${publicKey} }\n`,
  )
  const withKeys = `${documents}${statuses.join('')}`
  const { world, lab } = await worldOf(withKeys)
  const underlay = underlayOfThisFile(world, lab)
  const holders = new Map<string, ProcessRecord>()
  function inside(name: string, script: string): string {
    const holder = holders.get(name)
    if (holder === undefined) throw new Error(`${name} is not up`)
    const [program = '', ...words] = enterNode(holder, underlay.namespaceOf(name))
    return execFileSync(program, [...words, 'sh', '-ec', script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  let folder = ''
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'damask-wg-quick-'))
    const source = join(folder, 'world.yaml')
    writeFileSync(source, withKeys)
    const { code, complaints } = await damask('render', 'wg-quick', source, '--out', join(folder, 'files'))
    expect(code, complaints).toBe(0)
    for (const name of names) {
      mkdirSync(join(folder, name))
      holders.set(name, await startHolder(join(folder, name), underlay.namespaceOf(name)))
      inside(
        name,
        `mount -n -t tmpfs -o mode=700 wg-quick /etc/wireguard
        install -m 600 ${join(folder, 'files', `${name}.conf`)} /etc/wireguard/wg0.conf
        umask 077; echo ${keys.get(name)?.privateKey} > /etc/wireguard/wg0.key`,
      )
    }
  })
  afterAll(async () => {
    await killAll(processesIn(names.map((name) => `/run/netns/${underlay.namespaceOf(name)}`)))
    rmSync(folder, { recursive: true, force: true })
  })

  /**
   * One after the other. Of two that begin at once each throws its own handshake away for that of the other, and nothing passes for the five
   * seconds after which they try again (WireGuard's REKEY_TIMEOUT).
   */
  const openSessions = (): void => {
    for (const [nth, { name }] of ends.entries())
      for (const { addresses } of ends.slice(nth + 1))
        inside(name, `ping -n -c 1 -w 30 ${addresses.map(formatAddress)[0]}`)
  }

  const plan = preparePlan(world)
  const ends = names.map((name) => ({
    name,
    node: name,
    namespace: underlay.namespaceOf(name),
    addresses: Object.values(planNode(plan, name).gatewayAddresses),
    mtuBytes: plan.mtus.podBytes,
    link: 'eth0',
  }))
  return {
    names,
    inside,
    openSessions,
    ends,
    layout: underlay.layout,
    keyOf: (name: string) => keys.get(name)?.publicKey ?? '',
  }
}

const LIMIT_MILLISECONDS = 120_000

describe('the virtual LAN of Nanjing and Shanghai', async () => {
  const { names, inside, openSessions, ends, layout } = await machinesOf(example('nanjing-shanghai'))
  /** All that wg-quick may have changed, and should put back. */
  const settingsOf = (name: string): string =>
    inside(name, 'ip -o link | sed "s/@.*//"; ip -o address; ip rule; ip route show table all')
  const before = new Map<string, string>()

  test('is brought up by wg-quick, and everybody reaches everybody', async () => {
    for (const name of names) {
      before.set(name, settingsOf(name))
      inside(name, 'wg-quick up wg0')
    }
    openSessions()
    const { pairs, failed } = await checkPairs(ends, AbortSignal.timeout(LIMIT_MILLISECONDS))
    expect(failed).toEqual([])
    expect(pairs).toHaveLength(12)
    expect((await readInternet(layout)).heard.packets).toBe(0)
  })

  test('lets what nobody has take no default route, neither from a machine nor through its gateway', () => {
    expect(inside('s1', 'ip route get 172.20.0.1 2>&1 || true')).toContain('No route to host')
    const passing = inside('n1', 'ip route get 172.20.0.1 from 172.16.0.2 iif wg0 2>&1 || true')
    expect(passing).toContain('No route to host')
  })

  test('is taken away by wg-quick without a trace', () => {
    for (const name of names) {
      inside(name, 'wg-quick down wg0')
      expect(settingsOf(name), name).toBe(before.get(name))
    }
  })
})

describe('sites behind NAT, one of them of two machines', async () => {
  const documents = example('behind-nat').replace('fabric: { kind: direct }', 'fabric: { kind: wireguard }')
  const { names, inside, openSessions, ends, layout, keyOf } = await machinesOf(documents)

  test('open their tunnels by themselves, before anybody has anything to say', async () => {
    for (const name of ['rented-1', ...names.filter((other) => other !== 'rented-1')]) inside(name, 'wg-quick up wg0')
    const sessions = () =>
      inside('rented-1', 'wg show wg0 latest-handshakes')
        .split('\n')
        .filter((line) => / *[1-9]\d*$/.test(line))
        .map((line) => line.split('\t')[0])
    await expect
      .poll(sessions, { timeout: LIMIT_MILLISECONDS, interval: 200 })
      .toEqual(expect.arrayContaining([keyOf('office-1'), keyOf('flat-1')]))
  })

  test('reach each other in both families, also through a third', async () => {
    openSessions()
    const { pairs, failed } = await checkPairs(ends, AbortSignal.timeout(LIMIT_MILLISECONDS))
    expect(failed).toEqual([])
    expect(pairs).toHaveLength(40)
    expect((await readInternet(layout)).heard.packets).toBe(0)
  })
})
