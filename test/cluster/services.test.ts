// What Kubernetes and its users expect of a network beside pods that reach each other, over three clouds, with kube-proxy in both of
// its modes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answersOf, ask, often, socketOf, urlOf, whyNoAnswer } from './asker.ts'
import { clusterRemains } from './cluster-record.ts'
import { tryForeignPolicy } from './foreign-policy.ts'
import { portForwarded } from './port-forward.ts'
import { BALANCER_NODE, HOST_NETWORK_PORT, PORTS, SOME_NODES } from './service-objects.ts'
import {
  FAMILIES,
  hostAddresses,
  privateAddress,
  publicAddress,
  type ServiceTrial,
  startServiceTrial,
} from './service-trial.ts'

/** Of four pods chance leaves one out in one trial of 1,000; in one of 10^7 where twice as much is asked, 10^15 where four do. */
const ENOUGH = 30
/** Machines with a public address. */
const PUBLIC = ['aws-1', 'aws-2', 'gcp-1']

describe.each([
  { proxyMode: 'nftables', advertise: 'public' },
  { proxyMode: 'iptables', advertise: 'private' },
] as const)('services by kube-proxy with $proxyMode', ({ proxyMode, advertise }) => {
  let trial: ServiceTrial
  beforeAll(async () => {
    trial = await startServiceTrial({ proxyMode, advertise })
  })
  afterAll(async () => {
    if (trial === undefined) return
    await trial.cluster.close()
    expect(clusterRemains(trial.cluster.id)).toEqual([])
  })

  test('pods of every site are led to all pods behind a service, under both of its addresses, and seen by their own', async () => {
    const { members, everyPod, addressesOf } = trial
    const addresses = await addressesOf('web')
    for (const family of FAMILIES) {
      const answering = new Set<string>()
      for (const asking of members) {
        for (const { by, client } of await ask(asking.pod, ...often(ENOUGH, urlOf(addresses[family] ?? '')))) {
          answering.add(by)
          // Its own answer would go past the machine that translated the question, so that puts in its own address.
          if (by === asking.podName) expect(hostAddresses(asking)).toContain(client)
          else expect(client).toBe(asking.addresses[family])
        }
      }
      expect([...answering].toSorted()).toEqual(everyPod)
    }
  })

  test('machines of every site are led to all pods behind a service, under both of its addresses', async () => {
    const { members, everyPod, addressesOf } = trial
    const addresses = await addressesOf('web')
    for (const family of FAMILIES) {
      const answering = new Set<string>()
      for (const asking of members) {
        for (const { by, client } of await ask(asking.machine, ...often(ENOUGH, urlOf(addresses[family] ?? '')))) {
          answering.add(by)
          if (by === asking.podName) expect(hostAddresses(asking)).toContain(client)
          else expect(client).toBe(asking.gateways[family])
        }
      }
      expect([...answering].toSorted()).toEqual(everyPod)
    }
  })

  test('a service over UDP answers pods and machines, in both families', async () => {
    const { members, everyPod, addressesOf } = trial
    const addresses = await addressesOf('web')
    for (const family of FAMILIES) {
      const socket = socketOf(addresses[family] ?? '', 7)
      for (const { pod, machine } of members) {
        for (const asker of [pod, machine]) {
          const [by = ''] = (await asker.web('udp', socket, 'hello')).split(' to ')
          expect(everyPod).toContain(by)
        }
      }
    }
  })

  test('internalTrafficPolicy Local leads to the pod of the same node, also a pod to itself, and nowhere where there is none', async () => {
    const { members, podsOf, addressesOf } = trial
    for (const address of await addressesOf('here')) {
      for (const asking of members) {
        for (const asker of [asking.pod, asking.machine]) {
          for (const { by, client } of await ask(asker, ...often(3, urlOf(address)))) {
            expect(by).toBe(asking.podName)
            expect(hostAddresses(asking)).toContain(client)
          }
        }
      }
    }
    const some = await podsOf('some')
    for (const address of await addressesOf('some')) {
      for (const { node, pod } of members) {
        const near = some.find(({ spec }) => spec.nodeName === node.name)
        if (near) expect((await ask(pod, urlOf(address)))[0]?.by).toBe(near.metadata.name)
        else expect(await whyNoAnswer(pod, urlOf(address))).toMatch(/timeout|exceeded|refused/)
      }
    }
  })

  test('a node port leads to all pods from the internet, another cloud and a neighbour, and answers come back its way', async () => {
    const { members, internet, everyPod, member } = trial
    for (const entrance of PUBLIC.map(member)) {
      const url = urlOf(publicAddress(entrance), PORTS.cluster)
      const far = members.filter(({ node }) => node.cloud !== entrance.node.cloud)
      const neighbours = members.filter(({ node }) => node.cloud === entrance.node.cloud && node !== entrance.node)
      const answers = [
        ...(await ask(internet, ...often(2 * ENOUGH, url))),
        ...(await ask(far[0]?.machine ?? internet, ...often(5, url))),
      ]
      // aws has IPv6 inside.
      for (const address of entrance.node.privateAddresses) {
        const urls = often(5, urlOf(address, PORTS.cluster))
        for (const { machine, pod } of [...far, ...neighbours])
          for (const asker of [machine, pod]) answers.push(...(await ask(asker, ...urls)))
      }
      for (const { by, client } of answers) {
        if (by === entrance.podName) expect(hostAddresses(entrance)).toContain(client)
        else expect(entrance.gateways).toContain(client)
      }
      expect([...new Set(answers.map(({ by }) => by))].toSorted()).toEqual(everyPod)
      const said = await internet.web('udp', `${publicAddress(entrance)}:${PORTS.udp}`, 'hello')
      expect(everyPod).toContain(said.split(' to ')[0])
    }
  })

  test('a node port with externalTrafficPolicy Local keeps the address of who asks, and answers only where a pod is', async () => {
    const { members, internet, member, podsOf } = trial
    const some = await podsOf('some')
    for (const entrance of PUBLIC.map(member)) {
      const near = some.find(({ spec }) => spec.nodeName === entrance.node.name)?.metadata.name
      const neighbour = members.find(({ node }) => node.cloud === entrance.node.cloud && node !== entrance.node)
      const [stranger] = members.filter(({ node }) => node.cloud !== entrance.node.cloud && node.publicAddresses[0])
      const url = urlOf(publicAddress(entrance), PORTS.local)
      if (near === undefined) {
        expect(await whyNoAnswer(internet, url)).toMatch(/timeout|exceeded|refused/)
        continue
      }
      for (const { by, client } of await ask(internet, ...often(8, url))) {
        expect(by).toBe(near)
        expect(client).toMatch(/^198\.18\.0\./) // the internet's end of the cloud's link
      }
      for (const { by, client } of await ask(stranger?.machine ?? internet, ...often(8, url))) {
        expect(by).toBe(near)
        expect(client).toBe(stranger && publicAddress(stranger))
      }
      if (!neighbour) continue
      for (const { by, client } of await ask(
        neighbour.machine,
        ...often(8, urlOf(privateAddress(entrance), PORTS.local)),
      )) {
        expect(by).toBe(near)
        expect(client).toBe(privateAddress(neighbour))
      }
    }
  })

  // kube-proxy takes all addresses of pods for those of its own node's, and leads them to pods elsewhere without masquerading.
  test('pods and machines of other sites are answered by such a port, whichever pod kube-proxy takes', async () => {
    const { members, member } = trial
    for (const entrance of SOME_NODES.map(member)) {
      for (const asking of members) {
        if (asking.node.cloud === entrance.node.cloud) continue
        const urls = often(8, urlOf(privateAddress(entrance), PORTS.local))
        for (const asker of [asking.pod, asking.machine]) expect(await ask(asker, ...urls)).toHaveLength(8)
      }
    }
  })

  test('a host port leads to the pod of its node, from everywhere, and the pod sees who asks; itself too', async () => {
    const { members, internet, member } = trial
    for (const entrance of members) {
      const url = urlOf(privateAddress(entrance), PORTS.host)
      for (const asking of members) {
        const [answer] = await ask(asking.pod, url)
        expect(answer?.by).toBe(entrance.podName)
        if (asking === entrance) expect(hostAddresses(entrance)).toContain(answer?.client)
        else expect(answer?.client).toBe(asking.addresses[0])
      }
    }
    for (const entrance of PUBLIC.map(member)) {
      const [answer] = await ask(internet, urlOf(publicAddress(entrance), PORTS.host))
      expect(answer).toEqual({ by: entrance.podName, client: expect.stringMatching(/^198\.18\.0\./) })
    }
  })

  test('a headless service names the addresses of all its pods; the DNS of the cluster says so to pods of every site', async () => {
    const { cluster, members } = trial
    const expected = members.flatMap(({ addresses }) => addresses).toSorted()
    for (const { pod } of members) {
      const said = await pod.web('dns', 'each.default.svc.cluster.local', cluster.dnsAddress)
      expect(said.trim().split('\n').toSorted()).toEqual(expected)
      expect(await ask(pod, urlOf('each'))).toHaveLength(1)
    }
  })

  test('a service of IPv6 alone has no other address, and is reached from pods and machines by that', async () => {
    const { members, addressesOf } = trial
    const addresses = await addressesOf('six')
    expect(addresses).toEqual([expect.stringMatching(/^fd43:/)])
    for (const { pod, machine } of members) {
      expect((await pod.web('dns', 'six.default.svc.cluster.local')).trim()).toBe(addresses[0])
      expect(await ask(pod, ...often(4, urlOf('six')))).toHaveLength(4)
      expect(await ask(machine, ...often(4, urlOf(addresses[0] ?? '')))).toHaveLength(4)
    }
  })

  test('with session affinity everybody stays with one pod', async () => {
    const { members, addressesOf } = trial
    for (const address of await addressesOf('sticky')) {
      for (const { pod } of members) {
        const answers = await ask(pod, ...often(ENOUGH, urlOf(address)))
        expect(new Set(answers.map(({ by }) => by)).size).toBe(1)
      }
    }
  })

  test('pods reach pods in the network of any node, and are reached from there, in both families', async () => {
    const { members } = trial
    for (const asking of members) {
      for (const family of FAMILIES) {
        const machines = members.map(({ gateways }) => urlOf(gateways[family] ?? '', HOST_NETWORK_PORT))
        const own = asking.addresses[family]
        expect(await ask(asking.pod, ...machines)).toEqual(members.map(({ node }) => ({ by: node.name, client: own })))
        const pods = members.map(({ addresses }) => urlOf(addresses[family] ?? ''))
        const gateway = asking.gateways[family]
        expect(await ask(asking.machine, ...pods)).toEqual(
          members.map(({ podName }) => ({ by: podName, client: gateway })),
        )
      }
      const joined = members.map((one) => urlOf(privateAddress(one), HOST_NETWORK_PORT))
      expect((await ask(asking.pod, ...joined)).map(({ by }) => by)).toEqual(members.map(({ node }) => node.name))
    }
  })

  test(`pods of every site ask the API server by its service, which leads to its ${advertise} address, with their token`, async () => {
    const { members } = trial
    const folder = '/var/run/secrets/kubernetes.io/serviceaccount'
    const words = ['get', '-ca', `${folder}/ca.crt`, '-token', `${folder}/token`]
    for (const { pod } of members) {
      const said = await pod.web(...words, ...often(5, 'https://kubernetes.default/version'))
      expect(said.match(/"gitVersion": "v1\.36\.3"/g)).toHaveLength(5)
    }
  })

  test('kubectl logs, exec and port-forward reach pods of every site', async () => {
    const { cluster, members } = trial
    for (const { podName, pod } of members) {
      expect(await cluster.kubectl('logs', podName)).toContain(`serving as ${podName}`)
      expect(await ask(pod, urlOf('localhost'))).toEqual([
        { by: podName, client: expect.stringMatching(/^(127\.|::1)/) },
      ])
      const body = await portForwarded(cluster, podName, 80, async (port) =>
        (await fetch(`http://127.0.0.1:${port}/`)).text(),
      )
      expect(body).toContain(podName)
    }
  })

  test('large answers and many connections at once arrive whole, across clouds', async () => {
    const { members, addressesOf } = trial
    for (const asking of members) {
      const far = members.filter(({ node }) => node.cloud !== asking.node.cloud)
      const urls = far.flatMap(({ addresses }) => addresses.map((address) => `${urlOf(address)}bytes/2000000`))
      expect(await asking.pod.web('get', '-timeout', '30s', ...urls)).toHaveLength(2_000_000 * urls.length)
      const service = (await addressesOf('web')).map((address) => urlOf(address))
      expect(answersOf(await asking.pod.web('get', '-at-once', '200', '-timeout', '30s', ...service))).toHaveLength(400)
    }
  })

  test('pods pass probes of all kinds; one that is not ready is asked nothing until it is', async () => {
    const { members, member, podsOf, addressesOf } = trial
    const { podName, addresses } = member('home-1')
    const asker = member('gcp-1').pod
    const [service = ''] = await addressesOf('web')
    const answering = async (): Promise<boolean> =>
      (await ask(asker, ...often(ENOUGH, urlOf(service)))).some(({ by }) => by === podName)
    expect(
      (await podsOf('web')).flatMap(({ status }) => status.containerStatuses.map(({ restartCount }) => restartCount)),
    ).toEqual(members.map(() => 0))
    await asker.web('get', `${urlOf(addresses[0] ?? '')}readiness/503`)
    await expect.poll(answering).toBe(false)
    await asker.web('get', `${urlOf(addresses[0] ?? '')}readiness/200`)
    await expect.poll(answering).toBe(true)
  })

  test('a pod that forwards in its own namespace, as the load balancer of k3s, leads from its host port to a service', async () => {
    const { internet, everyPod, member, addressesOf } = trial
    const { node } = member(BALANCER_NODE)
    const [service = ''] = await addressesOf('web')
    const journal = await node.run('cat', '/var/lib/damask/pods.journal')
    const [, namespace = ''] = /"name":"default\/balancer".*?"namespacePath":"([^"]+)"/.exec(journal) ?? []
    const inside = ['nsenter', `--net=${namespace}`, '--']
    for (const key of ['ipv4/ip_forward', 'ipv6/conf/all/forwarding'])
      expect(await node.run(...inside, 'cat', `/proc/sys/net/${key}`)).toBe('1\n')
    await node.run(
      ...inside,
      'iptables',
      '-t',
      'nat',
      '-A',
      'PREROUTING',
      '-p',
      'tcp',
      '--dport',
      '80',
      '-j',
      'DNAT',
      '--to',
      service,
    )
    await node.run(...inside, 'iptables', '-t', 'nat', '-A', 'POSTROUTING', '-d', service, '-j', 'MASQUERADE')
    const url = urlOf(node.publicAddresses[0] ?? '', PORTS.balancer)
    const answers = await ask(internet, ...often(2 * ENOUGH, url))
    expect([...new Set(answers.map(({ by }) => by))].toSorted()).toEqual(everyPod)
  })

  test("another controller's policy on pods is obeyed, neither bypassed nor taken away, and outlives our agent", () =>
    tryForeignPolicy(trial))
})
