// A network namespace in the virtual machine, and the real agent in it, as node a1.
import type { AgentStatus } from '../../src/agent/index.ts'
import { type Ended, type Guest, PROJECT } from './machine.ts'

const NAMESPACE = 'lone'
const FOLDER = '/run/lone'
/** As bin/damask starts it, without the look at the sources, which may change while a test runs. */
const DAMASK = `${PROJECT}/node_modules/.bin/node --max-semi-space-size=1 --expose-gc ${PROJECT}/dist/damask.js`
const ASK_STATUS = ['curl', '-sf', '--unix-socket', '/run/damask/agent.sock', 'http://agent/status']
const LIMIT_MILLISECONDS = 120_000

export type LoneAgent = {
  /** Resolves once it was started; nothing is known then of what it does. */
  readonly start: (world: string) => Promise<void>
  /** With what it wrote to standard error; for one that ends by itself, or by `stop`. */
  readonly ended: () => Promise<Ended>
  readonly stop: () => Promise<void>
  /** What it answers whoever asks its socket: at once, where `damask status` takes seconds to start. Undefined: nothing yet. */
  readonly status: () => Promise<AgentStatus | undefined>
  /** What `damask`, called with these words, prints: `plan`, `status`. */
  readonly damask: (words: string) => Promise<string>
  /** In its namespace. */
  readonly run: (script: string) => Promise<Ended>
  /** What the runtime is answered. */
  readonly addPod: () => Promise<string>
  readonly remove: () => Promise<void>
}

export async function makeLoneAgent(guest: Guest): Promise<LoneAgent> {
  const shell = (script: string): Promise<Ended> =>
    guest.run(['sh', '-c', script], { limitMilliseconds: LIMIT_MILLISECONDS })
  const run = (script: string): Promise<Ended> =>
    guest.run(['ip', 'netns', 'exec', NAMESPACE, 'sh', '-c', script], { limitMilliseconds: LIMIT_MILLISECONDS })
  const must = async (ended: Promise<Ended>): Promise<string> => {
    const { exitCode, stdout, stderr } = await ended
    if (exitCode !== 0) throw new Error(`${stdout}${stderr}`)
    return stdout
  }
  let running: Promise<Ended> | undefined
  // Its network card is a bond: no test takes that kind away.
  await must(
    shell(`mkdir -p ${FOLDER}/store && ip netns add ${NAMESPACE} && ip -n ${NAMESPACE} link set lo up &&
      ip -n ${NAMESPACE} link add eth0 type bond && ip -n ${NAMESPACE} address add 10.0.1.11/24 dev eth0 &&
      ip -n ${NAMESPACE} link set eth0 up && ip -n ${NAMESPACE} route add default via 10.0.1.1`),
  )
  const ended = (): Promise<Ended> => running ?? Promise.reject(new Error('no agent was started'))
  const stop = async (): Promise<void> => {
    if (running === undefined) return
    await shell(`kill $(cat ${FOLDER}/pid)`)
    await running
    running = undefined
  }
  return {
    run,
    ended,
    stop,
    async start(world) {
      await must(guest.run(['sh', '-c', `rm -f ${FOLDER}/pid; cat >${FOLDER}/store/world.yaml`], { input: world }))
      const agent = `${DAMASK} agent --node a1 --store ${FOLDER}/store --state ${FOLDER}/state`
      running = guest.run(['sh', '-c', `echo $$ >${FOLDER}/pid; exec ip netns exec ${NAMESPACE} ${agent}`])
      running.catch(() => {}) // the machine is gone: whoever waits is told
      await must(shell(`until [ -s ${FOLDER}/pid ]; do sleep 0.1; done`))
    },
    async status() {
      const { exitCode, stdout } = await guest.run(ASK_STATUS)
      return exitCode === 0 ? JSON.parse(stdout) : undefined
    },
    async damask(words) {
      const { stdout, stderr } = await run(`${DAMASK} ${words}`)
      return `${stdout}${stderr}`
    },
    async addPod() {
      await shell('ip netns add lone-pod') // or it is there
      const { stdout } = await guest.run([`${PROJECT}/dist/damask-cni`], {
        input: '{"cniVersion":"1.0.0","name":"damask","type":"damask"}',
        environment: {
          CNI_COMMAND: 'ADD',
          CNI_CONTAINERID: 'lone',
          CNI_NETNS: '/run/netns/lone-pod',
          CNI_IFNAME: 'eth0',
          CNI_PATH: '/opt/cni/bin',
        },
      })
      return stdout
    },
    async remove() {
      await stop()
      // wireguard-go ends with its device; until then it keeps the namespace alive.
      await shell(`ip -n ${NAMESPACE} link delete damask-t1; while pgrep -x wireguard-go; do sleep 0.1; done
        ip netns delete ${NAMESPACE}; ip netns delete lone-pod; rm -rf ${FOLDER} /run/damask`)
    },
  }
}
