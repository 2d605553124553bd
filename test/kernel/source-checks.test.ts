// How the kernel checks where a packet claims to come from (fib_validate_source), as src/verifier/reverse-path.ts has it.
import { expect, test } from 'vitest'
import { type ScratchNamespace, scratchNamespace } from '../scratch-namespace.ts'

const PORT = 8472

/** A machine with addresses of its own, and a pod beside it. `to`: sends one datagram to the machine; who has none at its port counts it. */
function machineAndPod() {
  const [machine, pod] = [scratchNamespace(), scratchNamespace()]
  const ip = ({ run }: ScratchNamespace, ...lines: string[]) => {
    for (const line of lines) run('ip', ...line.split(' '))
  }
  ip(
    machine,
    `link add v0 type veth peer name e0 netns ${pod.name}`,
    'link add d0 type veth peer name d1',
    ...['lo', 'v0', 'd0', 'd1'].map((link) => `link set ${link} up`),
    'address add 172.31.0.13/24 dev v0',
    'address add fd31::13/64 dev v0 nodad',
    'address add 10.42.3.1/32 dev d0',
    'address add fd42::1/128 dev d0 nodad',
  )
  ip(
    pod,
    'link set e0 up',
    'address add 172.31.0.20/24 dev e0',
    'address add fd31::20/64 dev e0 nodad',
    'address add 10.42.3.1/32 dev e0',
    'address add fd42::1/128 dev e0 nodad',
  )
  for (const link of ['all', 'v0', 'd0']) machine.run('sysctl', '-qw', `net.ipv4.conf.${link}.rp_filter=0`)
  const counterOf = (file: string, pattern: RegExp) =>
    Number(pattern.exec(machine.run('cat', `/proc/net/${file}`))?.[1])
  return {
    machine,
    ip: (...lines: string[]) => ip(machine, ...lines),
    send: (to: string, source: string) => {
      pod.run('ip', 'route', 'replace', to, 'dev', 'e0', 'src', source)
      pod.run('bash', '-c', `echo x > /dev/udp/${to}/${PORT}`)
    },
    came4: () => counterOf('snmp', /^Udp: \d+ (\d+)/m),
    came6: () => counterOf('snmp6', /^Udp6NoPorts\s+(\d+)/m),
  }
}

test('from an address of the machine itself comes no IPv4 from a pod, though no reverse path is checked; IPv6 does', async () => {
  const { send, came4, came6 } = machineAndPod()
  send('172.31.0.13', '172.31.0.20') // Asks for the neighbour, too.
  await expect.poll(came4).toBe(1)
  send('172.31.0.13', '10.42.3.1')
  send('172.31.0.13', '172.31.0.20')
  await expect.poll(came4).toBeGreaterThan(1)
  expect(came4()).toBe(2)
  send('fd31::13', 'fd42::1')
  await expect.poll(came6).toBe(1)
})

test('a rule for what the machine sends to a port does not lead back, one for where it sends does', async () => {
  const { machine, ip, send, came4 } = machineAndPod()
  machine.run('sysctl', '-qw', 'net.ipv4.conf.v0.rp_filter=1')
  ip('route add 172.31.0.20 dev d0 table 77', `rule add pref 100 iif lo ipproto udp dport ${PORT} lookup 77`)
  send('172.31.0.13', '172.31.0.20')
  await expect.poll(came4).toBe(1)
  ip('rule add pref 99 iif lo to 172.31.0.0/24 lookup 77')
  send('172.31.0.13', '172.31.0.20')
  ip('rule del pref 99')
  send('172.31.0.13', '172.31.0.20')
  await expect.poll(came4).toBeGreaterThan(1)
  expect(came4()).toBe(2)
})
