// What a runtime asks about a pod of a sequence, in its own words.
import type { Answer, MortalAgent } from './mortal-agent.fixture.ts'
import { podIdentity } from './pod-identity.ts'
import type { Operation } from './pod-model.fixture.ts'

export const pathOf = (id: string): string => `/run/netns/${id}`
export const linkOf = (id: string): string => podIdentity({ containerId: id, interfaceName: 'eth0' }).link

/** `addresses`: what the runtime was told, for CHECK. */
export function askAbout(
  agent: MortalAgent,
  operation: Operation,
  addresses: readonly string[],
): Promise<Answer | undefined> {
  const { kind, id } = operation
  const environment = { CNI_COMMAND: kind.toUpperCase(), CNI_CONTAINERID: id, CNI_NETNS: pathOf(id) }
  switch (kind) {
    case 'add':
      return agent.ask(environment, operation.wish === undefined ? {} : { runtimeConfig: { ips: [operation.wish] } })
    case 'check':
      return agent.ask(environment, { prevResult: previousResult(id, addresses) })
    case 'del':
      return agent.ask(environment)
  }
}

const previousResult = (id: string, addresses: readonly string[]): object => ({
  interfaces: [{ name: linkOf(id) }, { name: 'eth0', sandbox: pathOf(id) }],
  ips: addresses.map((address) => ({ address, interface: 1 })),
})

export const askToCollect = (agent: MortalAgent, valid: readonly string[]): Promise<Answer | undefined> =>
  agent.ask(
    { CNI_COMMAND: 'GC' },
    { 'cni.dev/valid-attachments': valid.map((containerID) => ({ containerID, ifname: 'eth0' })) },
  )

/** The addresses of an answer, without their lengths. */
export const given = ({ result }: Answer): string[] =>
  (result?.ips ?? []).map(({ address }) => address.replace(/\/\d+$/, ''))
