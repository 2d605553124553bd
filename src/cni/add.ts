// ADD: a pod gets its addresses, its link, and the host's side of both. What fails is undone.
import { codeOf } from '../linux/index.ts'
import { type Address, formatAddress, POD_GATEWAY_V6 } from '../model/index.ts'
import type { CniContext } from './cni-context.ts'
import { asCniError, CNI_CODE, cniError } from './cni-error.ts'
import type { AddRequest } from './cni-request.ts'
import { addResult } from './cni-result.ts'
import type { JournalPod } from './journal-record.ts'
import { podIdentity } from './pod-identity.ts'
import type { PodNamespace } from './pod-links.ts'

/** Answers with the result in the request's version. An interface that is there already is an error (CNI, section ADD). */
export async function addPod(context: CniContext, request: AddRequest): Promise<object> {
  await context.prefixesSettle?.()
  const podNamespace = context.links.openNamespace(request.namespacePath)
  try {
    await forgetEarlierAttempt(context, request, podNamespace)
    const { link, hardwareAddress, hostHardwareAddress } = podIdentity(request)
    const { containerId, interfaceName, namespacePath, podName, networkName, wishes } = request
    const pod = await context.journal.allocate({
      pod: {
        containerId,
        interfaceName,
        ...(podName === undefined ? {} : { name: podName }),
        link,
        hardwareAddress: wishes.hardwareAddress ?? hardwareAddress,
        mtuBytes: context.podMtuBytes(),
        namespacePath,
        networkName,
      },
      addresses: wishes.addresses,
      prefixes: context.nodePrefixes(),
      reserved: Object.values(context.gatewayAddresses()),
    })
    const addresses = await attachPod(context, request, pod, podNamespace)
    context.log?.info({ containerId, pod: podName, link, addresses: pod.addresses.map(formatAddress) }, 'added a pod')
    const made = { ...pod, hostHardwareAddress, addresses, dns: request.dns }
    return addResult(request.cniVersion, made, request.previous)
  } finally {
    podNamespace.close()
  }
}

/**
 * A record without an interface is of an ADD that a crash cut off, or of a pod whose namespace was made anew. With its
 * interface the pod stands, and the runtime has to say DEL first.
 */
async function forgetEarlierAttempt(
  context: CniContext,
  request: AddRequest,
  podNamespace: PodNamespace,
): Promise<void> {
  const earlier = context.journal.find(request)
  if (earlier === undefined) return
  if (podNamespace.hasInterface(request.interfaceName)) throw interfaceExists(request)
  context.log?.warn({ containerId: request.containerId }, 'undoing an earlier ADD that was never finished')
  await undo(context, earlier)
}

type AddressAndGateway = { readonly address: Address; readonly gateway: Address }

async function attachPod(
  context: CniContext,
  request: AddRequest,
  pod: JournalPod,
  podNamespace: PodNamespace,
): Promise<AddressAndGateway[]> {
  let isMade = false
  try {
    const addresses = pod.addresses.map((address) => ({ address, gateway: gatewayFor(context, address) }))
    await podNamespace.createLink({
      ...pod,
      hostHardwareAddress: podIdentity(request).hostHardwareAddress,
      hostName: pod.link,
      gateway4: context.gatewayAddresses()[4],
    })
    isMade = true
    await context.attach(pod)
    return addresses
  } catch (cause) {
    const isTaken = !isMade && codeOf(cause) === 'EEXIST' && podNamespace.hasInterface(request.interfaceName)
    const error = isTaken ? interfaceExists(request, cause) : asCniError(cause)
    // A link that was not made is not ours to delete.
    await undo(context, pod, isMade).catch((failure) => {
      context.log?.warn(
        { containerId: pod.containerId, cause: failure },
        'cannot undo a failed ADD; the DEL that follows will',
      )
    })
    throw error
  }
}

function gatewayFor(context: CniContext, { family }: Address): Address {
  const gateway = family === 6 ? POD_GATEWAY_V6 : context.gatewayAddresses()[4]
  if (gateway) return gateway
  throw cniError(CNI_CODE.tryLater, 'this node has no IPv4 gateway address yet; try again')
}

async function undo(context: CniContext, pod: JournalPod, isMade = true): Promise<void> {
  if (isMade) await context.links.delete(pod.link)
  await context.journal.release(pod)
  await context.onPodsChanged()
}

const interfaceExists = ({ containerId, interfaceName }: AddRequest, cause?: unknown): Error =>
  cniError(
    CNI_CODE.interfaceExists,
    `container ${containerId} already has an interface ${interfaceName}; send DEL first`,
    cause,
  )
