// What people look at a cluster with, in a real one that Damask is the network of.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clusterRemains } from './cluster-record.ts'
import { type DamaskCluster, startDamaskCluster } from './damask-cluster.ts'
import { run } from './run.ts'

let cluster: DamaskCluster
let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'damask-look-'))
  cluster = await startDamaskCluster({ nodes: ['aws-1', 'gcp-1'] })
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  if (cluster === undefined) return
  await cluster.close()
  expect(clusterRemains(cluster.id)).toEqual([])
})

test('damask status says of both nodes that they are ready', async () => {
  const text = await cluster.damask('status', '--kubernetes', '--wait', '--timeout', '60')
  expect(text).toMatch(/^ready +yes$/m)
  expect(text).toMatch(/^ {2}aws-1 +aws +gateway:1 +203\.0\.113\.11:51820 +yes /m)
  expect(text).toMatch(/^controller +\S+ leads, heard \d+ \w+ ago; 2 of 2 pods ready$/m)
})

test('damask graph and plan are of what agents planned', async () => {
  expect(await cluster.damask('graph', '--kubernetes')).toMatch(/^network default: 2 sites, 2 nodes, 1 tunnel/)
  expect(await cluster.damask('plan', '--kubernetes', '--node', 'aws-1')).toContain('dev damask-t1')
})

/** Of an account that may do everything, whose token is in a file of its own. */
async function tokenFileKubeconfig(): Promise<{ readonly path: string; readonly token: string }> {
  const { kubectl, plane } = cluster
  await kubectl('create', 'serviceaccount', 'reporter')
  const role = ['--clusterrole=cluster-admin', '--serviceaccount=default:reporter']
  await kubectl('create', 'clusterrolebinding', 'reporter', ...role)
  const token = (await kubectl('create', 'token', 'reporter')).trim()
  writeFileSync(join(folder, 'token'), `${token}\n`)
  const config = JSON.parse(readFileSync(await plane.kubeconfig('host'), 'utf8'))
  const users = config.users.map(({ name }: { readonly name: string }) => ({ name, user: { tokenFile: 'token' } }))
  const path = join(folder, 'kubeconfig')
  writeFileSync(path, JSON.stringify({ ...config, users }))
  return { path, token }
}

test('damask bundle has the logs and the word of every agent, and neither a private key nor the token that it was asked with', async () => {
  const { path, token } = await tokenFileKubeconfig()
  // What is said last counts.
  await cluster.damask('bundle', '--kubeconfig', path, '-o', join(folder, 'report.tar.gz'))
  await run(['tar', 'xzf', join(folder, 'report.tar.gz'), '-C', folder])
  const read = (name: string): string => readFileSync(join(folder, 'report', name), 'utf8')
  expect(read('INDEX.txt').split('\nFiles')[1]).toContain('Nothing that was looked for is missing.')
  for (const name of ['aws-1', 'gcp-1']) {
    const { node, ready, publicKey } = JSON.parse(read(`agents/${name}.json`))
    expect({ node, ready }).toMatchObject({ node: name, ready: { ready: true } })
    expect(read('objects/meshnodes.yaml')).toContain(publicKey)
  }
  const logs = readdirSync(join(folder, 'report/logs'))
  expect(logs.filter((name) => name.startsWith('damask-agent-'))).toHaveLength(2)
  expect(logs.filter((name) => name.startsWith('damask-controller-'))).toHaveLength(2)
  expect(read(`logs/${logs.find((name) => name.startsWith('damask-agent-'))}`)).toContain('"level":')
  const keys = await Promise.all(
    ['aws-1', 'gcp-1'].map((name) => cluster.node(name).run('cat', '/var/lib/damask/private.key')),
  )
  const everything = await run(['grep', '-r', '', join(folder, 'report')])
  for (const secret of [...keys, token]) expect(everything).not.toContain(secret.trim())
})
