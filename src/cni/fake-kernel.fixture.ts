// As much of a kernel as pods need: namespaces at paths, and pairs of links into them. It outlives the agents that ask it.
import { type Address, formatAddress } from '../model/index.ts'
import { CNI_CODE, cniError } from './cni-error.ts'
import type { PodLinks, PodNamespace } from './pod-links.ts'

/** A pair, by its pod's end. */
export type FakePair = { readonly path: string; readonly interfaceName: string; readonly addresses: string[] }

export type FakeKernel = {
  /** By the name of the host's end. */
  readonly pairs: Map<string, FakePair>
  readonly namespaces: Set<string>
  /** Addresses that came to one pair while another had them. */
  readonly clashes: string[]
  /** Its links go with it. */
  readonly deleteNamespace: (path: string) => void
  /** As a boot leaves it. */
  readonly forgetAll: () => void
}

export function fakeKernel(): FakeKernel {
  const pairs = new Map<string, FakePair>()
  const namespaces = new Set<string>()
  return {
    pairs,
    namespaces,
    clashes: [],
    deleteNamespace(path) {
      namespaces.delete(path)
      for (const [name, pair] of pairs) if (pair.path === path) pairs.delete(name)
    },
    forgetAll() {
      namespaces.clear()
      pairs.clear()
    },
  }
}

/** What comes in between: it may take its time, fail, or never answer. */
export type Interruptions = {
  readonly create: (stage: 'asked' | 'half made' | 'made') => Promise<void>
  readonly delete: (stage: 'asked' | 'deleted') => Promise<void>
}

export function fakeLinks({ pairs, namespaces, clashes }: FakeKernel, interrupt: Interruptions): PodLinks {
  function openNamespace(path: string): PodNamespace {
    if (!namespaces.has(path)) throw cniError(CNI_CODE.unknownContainer, `CNI_NETNS is ${path}, which does not exist`)
    const hasInterface = (name: string): boolean =>
      Array.from(pairs.values()).some((pair) => pair.path === path && pair.interfaceName === name)
    return {
      hasInterface,
      async createLink({ hostName, interfaceName, addresses }) {
        await interrupt.create('asked')
        if (pairs.has(hostName) || hasInterface(interfaceName))
          throw Object.assign(new Error(`cannot create the pod link ${hostName}: EEXIST`), { code: 'EEXIST' })
        const pair: FakePair = { path, interfaceName, addresses: [] }
        pairs.set(hostName, pair)
        await interrupt.create('half made')
        const given = addresses.map(formatAddress)
        const others = Array.from(pairs.values()).flatMap((other) => (other === pair ? [] : other.addresses))
        clashes.push(...given.filter((address) => others.includes(address)))
        pair.addresses.push(...given)
        await interrupt.create('made')
      },
      findFaults: ({ hostName, interfaceName, addresses }) => [
        ...(pairs.has(hostName) ? [] : [`the host's end ${hostName} is gone`]),
        ...(hasInterface(interfaceName) ? [] : [`the pod has no interface ${interfaceName}`]),
        ...missing(pairs.get(hostName), addresses),
      ],
      close() {},
    }
  }
  return {
    openNamespace,
    hasNamespace: (path) => namespaces.has(path),
    names: () => [...pairs.keys()],
    async delete(hostName) {
      await interrupt.delete('asked')
      const had = pairs.delete(hostName)
      await interrupt.delete('deleted')
      return had
    },
  }
}

const missing = (pair: FakePair | undefined, addresses: readonly Address[]): string[] =>
  addresses.map(formatAddress).filter((address) => pair?.addresses.includes(address) === false)
