// A lab without agents: its clouds as ever, and on each node what the planner says, put there once and never put back. Nothing has
// been sent when it stands: sessions that are open before a fault outlive some faults, so the truth would hang on the order.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildCloud } from '../../src/lab/cloud.ts'
import { buildInternet } from '../../src/lab/internet.ts'
import { type Layout, layOut } from '../../src/lab/layout.ts'
import { buildNode } from '../../src/lab/node-link.ts'
import { emptyNamespaces } from '../../src/lab/tear-down.ts'
import { worldInClouds } from '../../src/lab/world-in-clouds.ts'
import { deleteNamespace, listNamespaces } from '../../src/linux/index.ts'
import type { Lab, PublicKey, World } from '../../src/model/index.ts'
import { preparePlan } from '../../src/planner/index.ts'
import { type BareNode, buildBareNode } from './bare-node.ts'

export type BareLab = {
  readonly world: World
  readonly layout: Layout
  readonly nodes: ReadonlyMap<string, BareNode>
  /** Of the largest packet of a pod. */
  readonly mtuBytes: number
  /** In base64; what is added is known to the nodes from then on. */
  readonly privateKeys: Map<PublicKey, string>
  readonly remove: () => Promise<void>
}

export type BareLabOptions = Pick<BareLab, 'world' | 'privateKeys'> & { readonly lab: Lab }

/** Where it throws, nothing is left of it. */
export async function buildBareLab({ world, lab, privateKeys }: BareLabOptions): Promise<BareLab> {
  const layout = layOut(world, lab, randomBytes(3).toString('hex'))
  const folder = mkdtempSync(join(tmpdir(), 'damask-verdicts-'))
  const plan = preparePlan(worldInClouds(world, lab))
  const nodes = new Map<string, BareNode>()
  const remove = async (): Promise<void> => {
    for (const { kernel } of nodes.values()) kernel.close()
    const namespaces = listNamespaces(`dmk-${layout.id}-`)
    await emptyNamespaces(namespaces)
    for (const name of namespaces) deleteNamespace(name)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await buildInternet(layout)
    for (const cloud of layout.clouds) await buildCloud(layout.internet, cloud, layout.nodes)
    for (const node of layout.nodes) {
      const cloud = layout.clouds.find(({ name }) => name === node.cloud)
      await buildNode(cloud?.namespace ?? '', node)
    }
    for (const node of layout.nodes)
      nodes.set(node.name, await buildBareNode({ plan, layout: node, folder: join(folder, node.name), privateKeys }))
    return { world, layout, nodes, mtuBytes: plan.mtus.podBytes, privateKeys, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
