// Commands in namespaces of a lab that are neither a node nor a pod: the internet, a cloud's router.
import { execFileSync } from 'node:child_process'
import type { LabRecord } from '../../src/lab/index.ts'

/** What it prints; anything but exit code 0 throws with what was said. */
export const askIn = (namespace: string, ...command: readonly string[]): string =>
  execFileSync('nsenter', [`--net=/run/netns/${namespace}`, ...command], { encoding: 'utf8' })

export const shellIn = (namespace: string, script: string): string => askIn(namespace, 'sh', '-ec', script)

export function cloudNamespace({ layout }: LabRecord, name: string): string {
  const cloud = layout.clouds.find((one) => one.name === name)
  if (cloud === undefined) throw new Error(`lab ${layout.name} has no cloud ${name}`)
  return cloud.namespace
}

/** The cloud's end of a node's only link, and where it is. */
export function portOf({ layout }: LabRecord, node: string): { readonly namespace: string; readonly port: string } {
  const found = layout.nodes.find(({ name }) => name === node)
  const cloud = layout.clouds.find(({ name }) => name === found?.cloud)
  if (found === undefined || cloud === undefined) throw new Error(`lab ${layout.name} has no node ${node}`)
  return { namespace: cloud.namespace, port: found.port }
}

/** Bytes of IP packets that crossed between clouds since the lab began. */
export const internetBytes = ({ layout }: LabRecord): number => sumOf(layout.internet, 'traffic', 'bytes')
/** Packets that showed an address of the network there outside an encryption. */
export const clearTextPackets = ({ layout }: LabRecord): number => sumOf(layout.internet, 'listener', 'packets')

type NftObject = { readonly counter?: { readonly packets: number; readonly bytes: number } }

function sumOf(namespace: string, table: string, field: 'packets' | 'bytes'): number {
  const { nftables }: { nftables: readonly NftObject[] } = JSON.parse(
    askIn(namespace, 'nft', '-j', 'list', 'table', 'inet', table),
  )
  return nftables.reduce((sum, { counter }) => sum + (counter?.[field] ?? 0), 0)
}
