import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { cidrCommand } from './cidr-command.ts'
import { COMMANDS } from './commands.ts'
import { completeWords, type NameSources } from './complete-words.ts'
import { namesOnHand } from './completion-names.ts'
import { explainCommand } from './explain-command.ts'
import { graphCommand } from './graph-command.ts'
import { labCommand } from './lab-command.ts'
import { planCommand } from './plan-command.ts'
import { rootCommand } from './root-command.ts'

const FOUR_CLOUDS = fileURLToPath(new URL('../../examples/four-clouds.yaml', import.meta.url))

const terminal = { print: () => {}, printError: () => {}, setExitCode: () => {} }
const machine = {
  terminal,
  writeError: () => {},
  signal: new AbortController().signal,
  clock: { now: () => 0, after: () => () => {} },
  kernelRelease: '6.1.0',
  isRoot: false,
  self: ['damask'],
}
const names: NameSources = {
  labs: async () => [{ lab: 'four-clouds-1a', nodes: ['aws-1', 'gcp-1'], pods: ['aws-1-a'] }],
  nodesIn: namesOnHand.nodesIn,
}

/** What stands at the end of `line`, without what it is. */
async function complete(line: string, sources = names): Promise<readonly string[]> {
  const commands = [
    planCommand(machine),
    explainCommand(machine),
    graphCommand(machine),
    labCommand(machine),
    cidrCommand(terminal),
  ]
  const root = rootCommand('', COMMANDS, new Map(commands.map((command) => [command.name(), command])))
  const lines = await completeWords(line.split(' '), root, sources)
  return lines.map((text) => text.replace(/\t.*/, ''))
}

describe('what completes a command line', () => {
  it('commands that are listed, by their beginning', async () => {
    expect(await complete('')).toEqual(expect.arrayContaining(['agent', 'plan', 'graph', 'completion', 'help']))
    expect(await complete('')).not.toContain('complete')
    expect(await complete('pl')).toEqual(['plan'])
    expect(await complete('cidr sh')).toEqual(['show'])
    expect(await complete('help gr')).toEqual(['graph'])
    expect(await complete('lab help re')).toEqual(['reboot'])
  })

  it('options of the command, only where one is begun', async () => {
    expect(await complete('plan --n')).toEqual(['--node', '--no-because'])
    expect(await complete('plan --co')).toEqual(['--context', '--color'])
    expect(await complete('plan x.yaml -- --n')).toEqual([':files'])
  })

  it('the values of an option, also behind a sign of equality', async () => {
    expect(await complete('graph -o ')).toEqual(['text', 'dot', 'mermaid', 'json', 'svg'])
    expect(await complete('graph x.yaml --output j')).toEqual(['json'])
    expect(await complete('graph --output=m')).toEqual(['--output=mermaid'])
    expect(await complete('--color n')).toEqual(['never'])
    expect(await complete('--color never pl')).toEqual(['plan'])
  })

  it('files where a command takes files', async () => {
    expect(await complete('plan ')).toEqual([':files'])
    expect(await complete('graph a.yaml --all b')).toEqual([':files'])
    expect(await complete('lab run ')).toEqual([':files'])
  })

  it('the nodes of the files that are named', async () => {
    expect(await complete(`plan ${FOUR_CLOUDS} --node gcp`)).toEqual(['gcp-1', 'gcp-2'])
    expect(await complete(`plan ${FOUR_CLOUDS} --node=home`)).toEqual(['--node=home-1'])
    expect(await complete(`explain 10.42.1.1 ${FOUR_CLOUDS} --node gcp`)).toEqual(['gcp-1', 'gcp-2'])
    expect(await complete('plan none.yaml --node ')).toEqual([])
    expect(await complete('plan --node ')).toEqual([])
  })

  it('labs that are up, their nodes and their pods', async () => {
    expect(await complete('lab down ')).toEqual(['four-clouds-1a'])
    expect(await complete('lab exec ')).toEqual(['four-clouds-1a', 'aws-1', 'gcp-1', 'aws-1-a'])
    expect(await complete('lab exec four-clouds-1a g')).toEqual(['gcp-1'])
    expect(await complete('lab exec aws-1 ')).toEqual([])
  })

  it('only the labs where several are up, because a node must then follow its lab', async () => {
    const two = { ...names, labs: async () => [...(await names.labs()), { lab: 'mixed-2b', nodes: ['one'], pods: [] }] }
    expect(await complete('lab exec ', two)).toEqual(['four-clouds-1a', 'mixed-2b'])
    expect(await complete('lab reboot mixed-2b ', two)).toEqual(['one'])
  })

  it('nothing after words that no command takes', async () => {
    expect(await complete('cidr nth 10.0.0.0/8 1 ')).toEqual([])
    expect(await complete('nonsense ')).toEqual([])
  })
})
