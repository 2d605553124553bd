// The kernel's side of pods, as far as the verbs ask for it.
import { existsSync } from 'node:fs'
import { createPodLink, deletePodLink, findPodLinkFaults, podHasInterface, type Rtnetlink } from '../linux/index.ts'
import { openPodNamespace } from './pod-namespace.ts'

export type PodLinks = {
  /** By CNI_NETNS; the caller closes it. A CniError where the path is no namespace of a pod. */
  readonly openNamespace: (path: string) => PodNamespace
  /** Whether anything stands at the path. */
  readonly hasNamespace: (path: string) => boolean
  /** Of all links of the node. */
  readonly names: () => readonly string[]
  /** True where there was such a link. */
  readonly delete: (hostName: string) => Promise<boolean>
}

export type PodNamespace = {
  readonly hasInterface: (name: string) => boolean
  /** Whole or not at all. EEXIST where one of the two names is taken. */
  readonly createLink: (link: PodLink) => Promise<void>
  /** What is not as it should be, a clause each. */
  readonly findFaults: (expected: ExpectedPodLink) => readonly string[]
  readonly close: () => void
}

export type PodLink = Omit<Parameters<typeof createPodLink>[0], 'host' | 'podNamespace'>
export type ExpectedPodLink = Omit<Parameters<typeof findPodLinkFaults>[0], 'host' | 'podNamespace'>

/** `host`: a socket in the node's namespace. */
export const podLinks = (host: Rtnetlink): PodLinks => ({
  openNamespace(path) {
    const podNamespace = openPodNamespace(path)
    return {
      hasInterface: (name) => podHasInterface(podNamespace, name),
      createLink: (link) => createPodLink({ ...link, host, podNamespace }),
      findFaults: (expected) => findPodLinkFaults({ ...expected, host, podNamespace }),
      close: podNamespace.close,
    }
  },
  hasNamespace: existsSync,
  names: () => host.links().map(({ name }) => name),
  delete: (hostName) => deletePodLink(host, hostName),
})
