// All that a node's machine holds, as the usual tools tell it: its files and its network; so that two pictures show what was left.
// What its runtime and kube-proxy write by themselves is left out.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ClusterNode } from './cluster-node.ts'

export type NodePicture = Readonly<Record<string, readonly string[]>>

export async function nodePicture({ folder, run }: ClusterNode): Promise<NodePicture> {
  const lines = async (...command: readonly string[]): Promise<readonly string[]> =>
    (await run(...command))
      .split('\n')
      .filter((line) => line !== '')
      .sort()
  const shell = (script: string): Promise<readonly string[]> => lines('sh', '-euc', script)
  return {
    files: ['etc', 'opt', 'var'].flatMap((path) => filesWritten(folder, path)),
    run: (await lines('find', '/run', '-xdev')).filter((path) => !OF_RUNTIME.test(path)),
    links: await shell(`ip -o link show | sed -E 's/^[0-9]+: //; s/ state .*//; s/@[^:]*:/:/'`),
    addresses: await shell(`ip -o address show | sed -E 's/^[0-9]+: //; s/\\\\.*//'`),
    rules: await shell('ip -4 rule; ip -6 rule'),
    routes: await shell(`ip -4 route show table all; ip -6 route show table all | sed -E 's/ expires [0-9]+sec//'`),
    nextHops: await shell('ip nexthop'),
    neighbours: await shell('ip neighbour show nud permanent; ip -6 neighbour show nud permanent'),
    filter: await shell('nft list tables'),
    settings: await shell(SETTINGS),
    // WireGuard's and vxlan's have no process.
    sockets: await shell(`ss -Hlnu | awk '{ print $4 }' | sort -u`),
  }
}

/** Whatever is in the layer above the host's own files. */
const filesWritten = (folder: string, path: string): readonly string[] =>
  readdirSync(join(folder, path, 'upper'), { recursive: true, encoding: 'utf8' })
    .map((name) => `/${path}/${name}`)
    .filter((name) => !OF_RUNTIME.test(name))
    .sort()

const OF_RUNTIME =
  /^\/run\/(containerd|netns\/cni-|xtables\.lock$)|^\/var\/(log\/(pods|containers)|lib\/(cni$|(cni|containerd|kubelet)\/))/

/** Of links that stay; what the kernel counts by itself is no setting. */
const SETTINGS =
  'cd /proc/sys/net && grep -rs "" ipv4 ipv6 | grep -Ev "/(stable_secret|random|.*_secret|.*fastopen_key)|/(damask|dmk)"'
