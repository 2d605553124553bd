// The pod's network namespace, opened by the path that the runtime gives in CNI_NETNS.
import { statSync } from 'node:fs'
import { codeOf, inNamespace, type NamespaceHandle, openNamespace } from '../linux/index.ts'
import { CNI_CODE, cniError } from './cni-error.ts'

const OWN = '/proc/self/ns/net'

/** The caller closes it. Refuses what is no network namespace, and the node's own: it would get a pod's default route. */
export function openPodNamespace(path: string): NamespaceHandle {
  const found = statPath(path)
  // To open a FIFO would wait for its writer.
  if (!found.isFile()) throw notANamespace(path)
  const own = statSync(OWN)
  if (found.ino === own.ino && found.dev === own.dev) {
    throw cniError(CNI_CODE.badEnvironment, `CNI_NETNS is ${path}, which is the node's own network namespace`)
  }
  const handle = openNamespace(path)
  try {
    inNamespace(handle, () => {})
    return handle
  } catch (cause) {
    handle.close()
    throw notANamespace(path, cause)
  }
}

function statPath(path: string): ReturnType<typeof statSync> & object {
  try {
    return statSync(path)
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cniError(CNI_CODE.badEnvironment, `cannot read CNI_NETNS, ${path}`, cause)
    throw cniError(
      CNI_CODE.unknownContainer,
      `CNI_NETNS is ${path}, which does not exist here; if the container lives, mount its folder into the agent with HostToContainer`,
    )
  }
}

const notANamespace = (path: string, cause?: unknown): Error =>
  cniError(
    CNI_CODE.badEnvironment,
    `CNI_NETNS is ${path}, which is no network namespace here; if it is one on the host, mount its folder into the agent with HostToContainer`,
    cause,
  )
