import { expect, it } from 'vitest'
import { agentCommand } from './agent-command.ts'

async function refusalOf(...words: readonly string[]): Promise<readonly [number | undefined, string]> {
  let said = ''
  let exitCode: number | undefined
  const command = agentCommand({
    terminal: {
      print() {},
      printError: (text) => {
        said += text
      },
      setExitCode: (code) => {
        exitCode = code
      },
    },
    writeError() {},
    signal: AbortSignal.abort(),
    clock: { now: () => 0, after: () => () => {} },
    kernelRelease: '1.0.0', // no agent starts here
    isRoot: false,
    self: [],
  })
  await command.parseAsync([...words], { from: 'user' })
  return [exitCode, said]
}

it.each([
  [['--node', 'a'], 'say where the resources are: either --store FOLDER or --kubernetes'],
  [['--node', 'a', '--kubernetes', '--store', 'f'], 'either --store FOLDER or --kubernetes, not both'],
  [['--node', 'a', '--store', 'f', '--kubeconfig', 'k'], 'they go with --kubernetes'],
  [['--node', 'a', '--store', 'f', '--api-server', 'https://a'], 'they go with --kubernetes'],
  [['--node', 'a', '--kubernetes'], 'so say --kubeconfig FILE'],
  [['--node', 'a..b', '--store', 'f'], '"a..b" is not the name of a node'],
  [['--node', 'A', '--kubernetes', '--kubeconfig', 'k'], '"A" is not the name of a node'],
])('an agent is not started with %j, and what to say is said', async (words, sentence) => {
  expect(await refusalOf(...words)).toEqual([2, expect.stringContaining(sentence)])
})

it('an agent of a cluster takes the names that clusters give their nodes', async () => {
  const [exitCode] = await refusalOf('--node', 'ip-10-0-0-7.ec2.internal', '--kubernetes', '--kubeconfig', 'k')
  expect(exitCode).toBe(1) // it begins, and this is no host for it
})
