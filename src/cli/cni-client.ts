// One call of the plugin's client, as a runtime makes it.
import { spawn } from 'node:child_process'

/** Why the agent serves no pods, in its own words; undefined: it does. */
export function askStatus(program: string, socketPath: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, {
      env: { CNI_COMMAND: 'STATUS', CNI_PATH: '/', DAMASK_CNI_SOCKET: socketPath },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.once('error', (cause) => resolve(`${program} does not run on this machine: ${cause.message}`))
    child.once('close', (code) => resolve(code === 0 ? undefined : (messageIn(output) ?? `exit code ${code}`)))
    child.stdin.on('error', () => {}) // EPIPE: it refused before it had read all
    child.stdin.end('{"cniVersion":"1.1.0","name":"damask","type":"damask"}')
  })
}

function messageIn(output: string): string | undefined {
  try {
    const { msg } = JSON.parse(output)
    return typeof msg === 'string' ? msg : undefined
  } catch {
    return undefined
  }
}
