// Who asks servers of a test cluster, and what they answer: its pods, its machines, and somebody on the internet between its clouds.
import type { Cluster } from './cluster.ts'
import type { ClusterNode } from './cluster-node.ts'
import { run } from './run.ts'

export type Asker = {
  readonly name: string
  /** Runs the program of programs/pods/web there. */
  web(...words: readonly string[]): Promise<string>
}

/** `web-x2z to 10.42.0.3` */
export type Answer = { readonly by: string; readonly client: string }

export const podAsker = ({ exec }: Pick<Cluster, 'exec'>, pod: string): Asker => ({
  name: `pod ${pod}`,
  web: (...words) => exec(pod, '/web', ...words),
})

export const nodeAsker = ({ programs }: Pick<Cluster, 'programs'>, node: ClusterNode): Asker => ({
  name: node.name,
  web: (...words) => node.run(programs.web, ...words),
})

export const internetAsker = ({ programs, underlay }: Pick<Cluster, 'programs' | 'underlay'>): Asker => ({
  name: 'the internet',
  web: (...words) => run(['nsenter', `--net=/run/netns/${underlay.layout.internet}`, '--', programs.web, ...words]),
})

/** One answer of each, in order; fails where one does not. */
export async function ask({ name, web }: Asker, ...urls: readonly string[]): Promise<readonly Answer[]> {
  try {
    return answersOf(await web('get', ...urls))
  } catch (cause) {
    throw new Error(`${name} asked ${[...new Set(urls)].join(' ')}: ${cause instanceof Error ? cause.message : cause}`)
  }
}

/** Why nobody answered; undefined where somebody did. */
export async function whyNoAnswer({ web }: Asker, url: string, timeout = '1s'): Promise<string | undefined> {
  try {
    await web('get', '-timeout', timeout, url)
    return undefined
  } catch (cause) {
    return String(cause)
  }
}

export const socketOf = (address: string, port: number): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`

export const urlOf = (address: string, port = 80): string => `http://${socketOf(address, port)}/`

export const often = (times: number, url: string): readonly string[] => Array.from({ length: times }, () => url)

export const answersOf = (text: string): readonly Answer[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const [by = '', client = ''] = line.split(' to ')
      return { by, client }
    })
