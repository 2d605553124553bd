// What the verifier says of a trial, in the words of what is measured.
import { formatAddress } from '../../src/model/index.ts'
import { type Branch, type CompiledNetwork, type Probe, type Trace, traceProbe } from '../../src/verifier/index.ts'
import { isSmall, type Trial } from './trial.ts'

/** `either`: several next hops, of which some bring it there: which one it takes hangs on a hash. */
export type Expectation = 'yes' | 'no' | 'either'

export type Verdict = {
  readonly arrived: Expectation
  /**
   * Of the smallest size alone: a kernel's answer to a large echo may be split. Left out too where nobody of ours answers.
   */
  readonly answered?: Expectation
  readonly connected?: Expectation
  /** Of the echo. */
  readonly trace: Trace
}

export function verdictOf(network: CompiledNetwork, trial: Trial): Verdict {
  const trace = traceProbe(network, probeOf(trial, 'icmp'))
  const verdict = { arrived: together(trace.forth), trace }
  if (!isSmall(trial)) return verdict
  return { ...verdict, answered: bothWays(trace), connected: bothWays(traceProbe(network, probeOf(trial, 'tcp'))) }
}

const PORT = 40_001

function probeOf({ from, to, family, target, bytes }: Trial, protocol: Probe['protocol']): Probe {
  const { node } = from
  const own = from.addresses.find((address) => address.family === family)
  if (own === undefined) throw new Error(`${from.name} has no IPv${family} address to speak by`)
  return {
    // A machine speaks by the address that it chooses.
    from: from.kind === 'pod' ? { kind: 'pod', node, address: own } : { kind: 'host', node },
    to: to.kind === 'outside' ? { kind: to.kind, address: target } : { kind: to.kind, node: to.node, address: target },
    protocol,
    port: PORT,
    sizeBytes: bytes,
  }
}

const bothWays = ({ forth, back }: Trace): Expectation => {
  const arrived = together(forth)
  return arrived === 'no' ? 'no' : together([...forth, ...back])
}

const together = (branches: readonly Branch[]): Expectation => {
  const all = branches.map(expectationOf)
  if (all.every((one) => one === 'yes')) return 'yes'
  return all.every((one) => one === 'no') ? 'no' : 'either'
}

/** Whoever reads along what leaks may let it pass. */
const expectationOf = ({ verdict }: Branch): Expectation =>
  verdict.kind === 'leaked' ? 'either' : verdict.kind === 'delivered' ? 'yes' : 'no'

/** One line a way. */
export const describe = (branches: readonly Branch[]): string =>
  branches
    .map(({ hops, verdict }) => {
      const way = hops.map(({ node, from, out, wraps }) => {
        const wrapped = wraps.map(({ link, to }) => ` [${link} to ${formatAddress(to.address)}:${to.port}]`).join('')
        return `${node}(${from}${out ? `, out ${out.link}` : ''}${wrapped})`
      })
      const said =
        'reason' in verdict
          ? `${verdict.kind} at ${verdict.node}: ${verdict.reason}`
          : verdict.kind === 'delivered'
            ? `delivered to ${verdict.to.kind}`
            : `${verdict.kind} at ${verdict.node}: ${verdict.mtuBytes}`
      return `${way.join(' > ')} => ${said}`
    })
    .join('\n      ')
