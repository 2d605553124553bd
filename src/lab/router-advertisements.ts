// The router of a cloud that advertises itself (RFC 4861), by radvd: its nodes learn their IPv6 default route and nothing else.
import { type StdioOptions, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatPrefix, MAIN_TABLE } from '../model/index.ts'
import type { CloudLayout } from './cloud-layout.ts'
import type { NodeLayout } from './layout.ts'
import { isRunning, type ProcessRecord, processRecord } from './process-record.ts'
import { within } from './within.ts'

/** radvd takes no shorter ones; three advertisements must be lost before the route goes. */
const INTERVAL_SECONDS = { least: 3, most: 4 } as const
export const ADVERTISED_LIFETIME_SECONDS = 12
/** RTPROT_RA, linux/rtnetlink.h */
const RA_PROTOCOL = 9
const LEARN_LIMIT_MILLISECONDS = 15_000
const POLL_MILLISECONDS = 20

export type RouterProcess = ProcessRecord & {
  readonly cloud: string
  /** With its configuration, its pid file and its log. */
  readonly folder: string
}

/** Debian keeps it where only root's PATH leads. */
const SCRIPT = 'PATH=$PATH:/usr/sbin:/sbin; exec radvd "$@"'

/** After the cloud; its nodes may come later. */
export function startRouter(folder: string, cloud: CloudLayout): RouterProcess {
  mkdirSync(folder, { recursive: true })
  const configuration = join(folder, 'radvd.conf')
  writeFileSync(configuration, radvdText(cloud), { mode: 0o600 }) // it refuses what others could write
  const options = ['--nodaemon', '--config', configuration, '--pidfile', join(folder, 'radvd.pid')]
  const inside = [`--net=/run/netns/${cloud.namespace}`, 'sh', '-c', SCRIPT, 'radvd', ...options]
  const log = openSync(join(folder, 'radvd.log'), 'a')
  try {
    const stdio = ['ignore', log, log] satisfies StdioOptions
    const child = spawn('nsenter', [...inside, '--logmethod', 'stderr'], { detached: true, stdio, cwd: '/' })
    child.on('error', () => {}) // no pid: said by processRecord
    child.unref()
    return { ...processRecord(child.pid ?? 0), cloud: cloud.name, folder }
  } finally {
    closeSync(log)
  }
}

/** radvd.conf(5) */
export function radvdText({ segments, ipv6MtuBytes }: CloudLayout): string {
  const wires = segments.map(({ bridge, gateways }) => ({
    bridge,
    subnets: gateways.filter(({ subnet }) => subnet.family === 6).map(({ subnet }) => subnet),
  }))
  return wires
    .filter(({ subnets }) => subnets.length > 0)
    .flatMap(({ bridge, subnets }) => [
      `interface ${bridge} {`,
      '  AdvSendAdvert on;',
      `  MinRtrAdvInterval ${INTERVAL_SECONDS.least};`,
      `  MaxRtrAdvInterval ${INTERVAL_SECONDS.most};`,
      `  AdvDefaultLifetime ${ADVERTISED_LIFETIME_SECONDS};`,
      ...(ipv6MtuBytes === undefined ? [] : [`  AdvLinkMTU ${ipv6MtuBytes};`]),
      // Addresses are those of the world, so nobody makes one of it.
      ...subnets
        .filter(({ length }) => length < 128)
        .map((subnet) => `  prefix ${formatPrefix(subnet)} { AdvAutonomous off; };`),
      '};',
      '',
    ])
    .join('\n')
}

/** Until each has learned its route, as whoever boots waits for the network to be there. */
export async function waitForAdvertisedRoutes(
  nodes: readonly NodeLayout[],
  routers: readonly RouterProcess[],
  signal?: AbortSignal,
): Promise<void> {
  let missing = nodes.filter(({ takesAdvertisedRoute }) => takesAdvertisedRoute)
  for (let waited = 0; ; waited += POLL_MILLISECONDS) {
    const learned = await Promise.all(missing.map(hasAdvertisedRoute))
    missing = missing.filter((_, nth) => learned[nth] !== true)
    const [first] = missing
    if (!first) return
    signal?.throwIfAborted()
    const ended = routers.find((router) => !isRunning(router))
    if (ended) throw new Error(`${nameOf(ended)} ended; is the package radvd installed? ${lastWords(ended)}`)
    if (waited > LEARN_LIMIT_MILLISECONDS) {
      const said = routers.map((one) => `${nameOf(one)}: ${lastWords(one)}`).join('\n')
      throw new Error(`node ${first.name} has learned no IPv6 default route within 15 s. ${said}`)
    }
    await sleep(POLL_MILLISECONDS)
  }
}

const hasAdvertisedRoute = ({ namespace }: NodeLayout): Promise<boolean> =>
  within(namespace, ({ netlink }) => netlink.routes(6, MAIN_TABLE, RA_PROTOCOL).some(({ to }) => to.length === 0))

const nameOf = ({ cloud }: RouterProcess): string => `the router of cloud ${cloud} (radvd)`
const lastWords = ({ folder }: RouterProcess): string =>
  `The end of its log: ${readFileSync(join(folder, 'radvd.log'), 'utf8').trimEnd().split('\n').slice(-3).join('; ')}`
