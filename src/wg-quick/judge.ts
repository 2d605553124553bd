// All files of a folder together: what is wrong, and who reaches whom.
import type { PublicKey } from '../model/index.ts'
import { checkAddresses } from './check-addresses.ts'
import { checkEndpoints } from './check-endpoints.ts'
import { checkForgotten } from './check-forgotten.ts'
import { checkKeys } from './check-keys.ts'
import { checkLinks } from './check-links.ts'
import { checkMtu } from './check-mtu.ts'
import { checkPeers } from './check-peers.ts'
import type { Config, ConfigFile } from './config.ts'
import { type Draft, type Finding, sortFindings } from './finding.ts'
import { hideKeys } from './hide-keys.ts'
import { withLosses } from './losses.ts'
import { buildMesh } from './mesh.ts'
import { withoutPrivateKeys } from './private-as-public.ts'
import { type PairReach, reachAll, type Verdict } from './reach.ts'
import { readConfig } from './read-config.ts'
import { listed } from './words.ts'

export type Judgement = {
  readonly machines: readonly string[]
  /** By file and line. */
  readonly findings: readonly Finding[]
  /** Every ordered pair of machines. */
  readonly reach: readonly {
    readonly from: string
    readonly to: string
    readonly verdict: Verdict
    /** Who forwards between the two. */
    readonly through: readonly string[]
  }[]
}

/** Reads and judges; `publicKeyOf` gives the public half of a key that has the right form. */
export function judgeConfigs(files: readonly ConfigFile[], publicKeyOf: (privateKey: string) => PublicKey): Judgement {
  const read = files.map(readConfig)
  const { configs, drafts: exposed } = withoutPrivateKeys(
    read.map(({ config }) => config),
    publicKeyOf,
  )
  const mesh = buildMesh(configs, publicKeyOf)
  const links = checkLinks(mesh)
  const keys = checkKeys(mesh)
  const reach = reachAll({ mesh, isBroken: links.isBroken })
  const peers = checkPeers(mesh).filter(
    ({ code, subjects = [] }) =>
      code !== 'peer-twice' ||
      !keys.drafts.some(
        (draft) => draft.code === 'key-of-another' && draft.subjects?.some((one) => subjects.includes(one)),
      ),
  )
  const drafts = [
    ...read.flatMap(({ findings }) => findings),
    ...exposed,
    ...keys.drafts,
    ...links.drafts,
    ...peers,
    ...checkEndpoints(mesh, keys.wrong),
    ...checkAddresses(mesh, reach),
    ...checkMtu(mesh),
    ...checkForgotten(mesh, reach),
    ...configs.flatMap(notUnderstood),
    ...forwarders(configs, reach),
  ]
  return {
    machines: mesh.machines.map(({ name }) => name),
    findings: sortFindings(withLosses(mesh, drafts, reach, keys)),
    reach: reach.map(({ from, to, verdict, through }) => ({ from: from.name, to: to.name, verdict, through })),
  }
}

const notUnderstood = ({ hooks }: Config): readonly Draft[] =>
  hooks.map(({ key, place, value }) => ({
    severity: 'note',
    code: 'not-understood',
    place,
    what: `${key} is a command of the shell, and is not judged: ${hideKeys(value)}`,
  }))

/** Forwarding is a setting of the host; no file says whether it is on, but for a hook. */
function forwarders(configs: readonly Config[], reach: readonly PairReach[]): readonly Draft[] {
  const machines = new Set(reach.flatMap(({ through }) => through))
  return [...machines].flatMap((name): Draft[] => {
    const config = configs.find(({ file }) => file.machine === name)
    if (config === undefined || config.hooks.some(({ value }) => /ip_forward|forwarding/.test(value))) return []
    const pairs = reach.filter(({ through }) => through.includes(name))
    const senders = [...new Set(pairs.map(({ from }) => from.name))]
    return [
      {
        severity: 'note',
        code: 'forwarding',
        place: config.place,
        what: `${name} forwards what ${listed(senders)} send to each other; whether its kernel does is not in these files`,
        write: `sysctl net.ipv4.ip_forward=1 on ${name} (IPv6: net.ipv6.conf.all.forwarding=1), and a packet filter that lets it through`,
      },
    ]
  })
}
