// Asks an agent on its socket, or tells it something: one request.

/** In an agent's run folder: what it says of itself, and the container runtime's door. */
export const AGENT_SOCKET = 'agent.sock'
export const CNI_SOCKET = 'cni.sock'

export type AgentAnswer = { readonly code: number; readonly body: string }

const TIMEOUT_MS = 5000

/** Left out: GET. */
export type AgentOrder = { readonly method: 'PUT'; readonly body: unknown }

/** `order`: its body goes as JSON. Rejects with a sentence where no agent answers. */
export async function askAgent(socketPath: string, path: string, order?: AgentOrder): Promise<AgentAnswer> {
  // Loaded by who asks alone: this file is in one bundle with the agent, for which node:http would be 6 MB.
  const { request } = await import('node:http')
  return new Promise((resolve, reject) => {
    const { method } = order ?? { method: 'GET' }
    const asked = request({ socketPath, path, method, agent: false, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ code: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
      response.on('error', reject)
    })
    asked.on('timeout', () =>
      asked.destroy(new Error(`the agent did not answer on ${socketPath} within ${TIMEOUT_MS / 1000} s`)),
    )
    asked.on('error', (cause: NodeJS.ErrnoException) => reject(sentenceOf(cause, socketPath)))
    asked.end(order && JSON.stringify(order.body))
  })
}

function sentenceOf(cause: NodeJS.ErrnoException, socketPath: string): Error {
  const text: Readonly<Record<string, string>> = {
    ENOENT: `no agent runs here: there is no socket ${socketPath}; start one (damask agent), or name its run folder (--run)`,
    ECONNREFUSED: `no agent runs here any more: nobody answers on ${socketPath}; look at its log, and start it`,
    EACCES: `the socket ${socketPath} is not open to this user; ask as root`,
  }
  return new Error(text[cause.code ?? ''] ?? cause.message, { cause })
}
