// Fields that several verbs read alike.
import { CNI_CODE, cniError } from './cni-error.ts'
import type { Configuration, Environment } from './request-bytes.ts'

/** One interface of one container: what ADD makes and DEL removes. */
export type Attachment = { readonly containerId: string; readonly interfaceName: string }

/** As the specification has it: what files and chains are named by. */
export function readNetworkName({ name }: Configuration): string {
  if (typeof name === 'string' && /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) return name
  const given = name === undefined ? 'no name' : `the name ${JSON.stringify(name)}`
  throw cniError(
    CNI_CODE.invalidConfiguration,
    `the network configuration has ${given}; it has to start with a letter or digit and go on with letters, digits, "_", "." or "-"`,
  )
}

export function readNamespacePath(environment: Environment, verb: string): string {
  const path = environment.get('CNI_NETNS') ?? ''
  if (path.startsWith('/')) return path
  throw cniError(CNI_CODE.badEnvironment, `CNI_NETNS is "${path}"; ${verb} needs the absolute path of a namespace`)
}

export function readAttachment(environment: Environment): Attachment {
  const containerId = environment.get('CNI_CONTAINERID') ?? ''
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(containerId)) {
    throw cniError(
      CNI_CODE.badEnvironment,
      `CNI_CONTAINERID is "${containerId}"; it has to start with a letter or digit and go on with letters, digits, "_", "." or "-"`,
    )
  }
  const interfaceName = environment.get('CNI_IFNAME') ?? ''
  // dev_valid_name() of the kernel: IFNAMSIZ is 16 with its NUL.
  if (!/^[^\s/:]{1,15}$/.test(interfaceName) || /^\.{1,2}$|^lo$/.test(interfaceName)) {
    throw cniError(
      CNI_CODE.badEnvironment,
      `CNI_IFNAME is "${interfaceName}"; write an interface name of 1 to 15 characters without "/", ":" or blanks, as in eth0`,
    )
  }
  return { containerId, interfaceName }
}
