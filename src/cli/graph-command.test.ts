import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runCommand } from './command-run.fixture.ts'
import { graphCommand } from './graph-command.ts'

const FOUR_CLOUDS = fileURLToPath(new URL('../../examples/four-clouds.yaml', import.meta.url))

async function graph(...words: readonly string[]) {
  return runCommand(graphCommand, words)
}

test('damask graph draws a text unless it is told otherwise', async () => {
  const { printed, exitCode } = await graph(FOUR_CLOUDS)
  expect(printed).toMatch(/^network default: 4 sites, 7 nodes, 6 tunnels, every site to every other\n║\n╠═ aliyun/)
  expect(exitCode).toBe(0)
})

test('damask graph -o svg prints an image with a font that every system has one like', async () => {
  const { printed, exitCode } = await graph(FOUR_CLOUDS, '-o', 'svg')
  expect(printed.slice(-6)).toBe('</svg>')
  expect(printed).toContain('font-family="Verdana,DejaVu Sans,sans-serif"')
  expect(printed).toMatch(/> ?aws(-|&#45;)1</)
  expect(exitCode).toBe(0)
})

test('damask graph -o dot prints what Graphviz reads', async () => {
  expect((await graph(FOUR_CLOUDS, '-o', 'dot')).printed).toMatch(/^graph "default" \{/)
})

test('damask graph of a file that is not there prints why, and exits with 2', async () => {
  const { printed, errors, exitCode } = await graph('none.yaml')
  expect(errors.join('\n')).toContain('none.yaml')
  expect({ printed, exitCode }).toEqual({ printed: '', exitCode: 2 })
})

test('damask graph -o mermaid prints a flowchart, and -o json the topology itself', async () => {
  expect((await graph(FOUR_CLOUDS, '-o', 'mermaid')).printed).toMatch(/^---\ntitle: .*\n---\nflowchart LR\n/)
  const topology = JSON.parse((await graph(FOUR_CLOUDS, '-o', 'json')).printed)
  expect(topology).toMatchObject({ network: 'default', relays: [], notes: [] })
  expect(topology.sites.map(({ name }: { name: string }) => name)).toEqual(['aliyun', 'aws', 'gcp', 'home'])
  expect(topology.sites[1].nodes[0]).toMatchObject({ name: 'aws-1', isGateway: true, slot: 1 })
  expect(topology.tunnels).toHaveLength(6)
})

test('damask graph of nothing, and of files and a cluster at once, asks where the resources are', async () => {
  expect(await graph()).toEqual({
    printed: '',
    errors: ['say where the resources are: files or folders, or --kubernetes'],
    exitCode: 2,
  })
  expect((await graph(FOUR_CLOUDS, '--kubernetes')).errors).toEqual([
    'say where the resources are: either files or --kubernetes, not both',
  ])
  expect((await graph(FOUR_CLOUDS, '--context', 'production')).errors).toEqual([
    '--kubeconfig, --context and --api-server are of a cluster; they go with --kubernetes',
  ])
})
