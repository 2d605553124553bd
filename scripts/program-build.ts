// Builds what every package of the program holds: the bundle, the CNI client, and the Node that runs it.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { bundle } from './build.ts'

export type Architecture = { readonly node: 'x64' | 'arm64'; readonly debian: 'amd64' | 'arm64' }

/** Writes dist/, damask-cni and node into the folder; resolves with the files that went into the bundle. */
export async function buildProgram(root: string, folder: string, { node }: Architecture): Promise<readonly string[]> {
  const metafile = await bundle(join(folder, 'dist'))
  execFileSync(join(root, 'scripts/build-cni.sh'), [join(folder, 'damask-cni')])
  // A seventh of Node is names for debuggers.
  execFileSync('strip', ['-o', join(folder, 'node'), join(root, `node_modules/node-linux-${node}/bin/node`)])
  return Object.keys(metafile.inputs)
}

/** `node`: as `process.arch` has it. */
export function architectureOf(node: string): Architecture {
  if (node === 'x64') return { node, debian: 'amd64' }
  if (node === 'arm64') return { node, debian: 'arm64' }
  throw new Error(`there is no package for ${node} machines: Node for them is not among the project's packages`)
}

/** SOURCE_DATE_EPOCH, else the time of the newest commit. */
export function epochSeconds(root: string): number {
  const given = process.env.SOURCE_DATE_EPOCH
  if (given !== undefined) return Number(given)
  try {
    return Number(
      execFileSync('git', ['-C', root, 'log', '-1', '--format=%ct'], { stdio: ['ignore', 'pipe', 'ignore'] }),
    )
  } catch {
    return 0 // no clone: a downloaded tree has no newest commit
  }
}
