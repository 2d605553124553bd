// CHECK: is a pod still as its ADD left it? What later plugins of the list may have changed, as routes in the pod, is not asked.
import { type Address, formatAddress, tryAddress } from '../model/index.ts'
import type { CniContext } from './cni-context.ts'
import { CNI_CODE, cniError } from './cni-error.ts'
import type { CheckRequest } from './cni-request.ts'
import type { JournalPod } from './journal-record.ts'
import type { PreviousResult } from './previous-result.ts'

/** Answers nothing, or throws with all that is wrong. */
export async function checkPod(context: CniContext, request: CheckRequest): Promise<undefined> {
  const { containerId, interfaceName, namespacePath, previous } = request
  const pod = context.journal.find(request)
  if (pod === undefined) throw notAsAdded(request, ['this node has no record of it'])
  const ours = previous.interfaces.findIndex(({ name, sandbox }) => name === interfaceName && isText(sandbox))
  const podNamespace = context.links.openNamespace(namespacePath)
  try {
    const faults = [
      ...findResultFaults(pod, previous, ours),
      ...podNamespace.findFaults({
        hostName: pod.link,
        interfaceName,
        // `tuning` may have given it another, and then says so.
        hardwareAddress: macOf(previous, ours) ?? pod.hardwareAddress,
        addresses: pod.addresses,
      }),
    ]
    if (faults.length > 0) throw notAsAdded(request, faults)
    context.log?.info({ containerId, link: pod.link }, 'checked a pod')
  } finally {
    podNamespace.close()
  }
  return undefined
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

function macOf({ interfaces }: PreviousResult, index: number): string | undefined {
  const mac = interfaces[index]?.mac
  return typeof mac === 'string' && mac !== '' ? mac.toLowerCase() : undefined
}

/** The runtime's memory and ours are of the same pod. */
function findResultFaults(pod: JournalPod, { interfaces, ips }: PreviousResult, ours: number): readonly string[] {
  if (ours < 0) return [`prevResult has no interface ${pod.interfaceName}`]
  const faults = interfaces.some(({ name }) => name === pod.link) ? [] : [`prevResult does not name ${pod.link}`]
  const said = ips.filter((ip) => ip.interface === ours).map(({ address }) => String(address).replace(/\/\d+$/, ''))
  const held = pod.addresses.map(formatAddress)
  for (const text of said)
    if (!held.includes(canonical(text))) faults.push(`prevResult has ${text}, which it was not given`)
  for (const text of held) if (!said.map(canonical).includes(text)) faults.push(`prevResult lacks ${text}`)
  return faults
}

const canonical = (text: string): string => {
  const address: Address | undefined = tryAddress(text)
  return address === undefined ? text : formatAddress(address)
}

const notAsAdded = ({ containerId, interfaceName }: CheckRequest, faults: readonly string[]): Error =>
  cniError(
    CNI_CODE.notAsAdded,
    `${containerId}/${interfaceName} is not as it was added: ${faults.join('; ')}; remove the pod and add it again`,
  )
