import { expect, test } from 'vitest'
import { statusCommand } from './status-command.ts'

async function status(...words: readonly string[]) {
  const errors: string[] = []
  let exitCode: number | undefined
  const command = statusCommand({
    kubeconfig: '/none',
    writeError() {},
    signal: new AbortController().signal,
    clock: { now: () => 0, after: () => () => {} },
    terminal: {
      print() {},
      printError: (text) => void errors.push(text),
      setExitCode: (code) => {
        exitCode = code
      },
    },
  })
  command.exitOverride().configureOutput({ writeErr: (text) => void errors.push(text.trim()) })
  await command.parseAsync(words, { from: 'user' }).catch(() => {
    exitCode = 2
  })
  return { said: errors.join('\n'), exitCode }
}

test.each([
  [['--wait'], 2, '--all, --watch and --wait are of a cluster; they go with --kubernetes'],
  [['--watch'], 2, '--all, --watch and --wait are of a cluster; they go with --kubernetes'],
  [['--context', 'production'], 2, '--kubeconfig, --context and --api-server are of a cluster'],
  [['--kubernetes', '--timeout', 'soon'], 2, 'it is a number of seconds'],
  [['--kubernetes'], 1, 'nothing says which cluster: there is no kubeconfig at /none'],
  [['--kubernetes', '--kubeconfig', '/none/it'], 1, 'cannot use the kubeconfig /none/it: '],
  [['--run', '/none'], 1, 'no agent runs here: there is no socket /none/agent.sock'],
])('damask status %j ends with %i and a sentence', async (words, code, sentence) => {
  const { said, exitCode } = await status(...words)
  expect({ said, exitCode }).toEqual({ said: expect.stringContaining(sentence), exitCode: code })
})
