// The pods and services on which the suite of services tries what Kubernetes expects of a network.
import { WEB_IMAGE } from './stock-images.ts'
import { webResources } from './web.ts'

/** All that is asked from outside; `service-nodes.yaml` lets them in. */
export const PORTS = { cluster: 30080, local: 30081, udp: 30007, host: 8088, balancer: 8090 } as const
/** Of pods in the network of their node. */
export const HOST_NETWORK_PORT = 8080
/** Where pods of `some` run. */
export const SOME_NODES = ['aws-1', 'gcp-1'] as const
export const BALANCER_NODE = 'aws-1'

/**
 * `web`: a pod on every node, with a host port and all three kinds of probes; node ports lead to all of them. `some`: on two nodes;
 * its node port leads to pods of the same node. `host`: in the network of every node. Services of their own in front of `web`: `here`
 * leads to the pod of the same node, `sticky` always to the same, `six` has no IPv4, `each` no address.
 */
export function serviceObjects(): object[] {
  const http = { name: 'http', port: 80 }
  const echo = { name: 'echo', port: 7, protocol: 'UDP' }
  return [
    ...webResources({
      pod: { containers: [probedContainer()] },
      service: {
        type: 'NodePort',
        ports: [
          { ...http, nodePort: PORTS.cluster },
          { ...echo, nodePort: PORTS.udp },
        ],
      },
    }),
    ...webResources({
      name: 'some',
      pod: onlyOn(SOME_NODES),
      service: {
        type: 'NodePort',
        externalTrafficPolicy: 'Local',
        internalTrafficPolicy: 'Local',
        ports: [{ ...http, nodePort: PORTS.local }],
      },
    }),
    ...webResources({ name: 'host', hostNetwork: true }),
    service('here', { internalTrafficPolicy: 'Local' }),
    service('sticky', { sessionAffinity: 'ClientIP' }),
    service('six', { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] }),
    service('each', { clusterIP: 'None' }),
    balancer(),
  ]

  function service(name: string, spec: object): object {
    const common = { selector: { app: 'web' }, ipFamilyPolicy: 'RequireDualStack', ports: [http, echo] }
    return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ...common, ...spec } }
  }
}

const probedContainer = (): object => ({
  name: 'web',
  image: WEB_IMAGE,
  imagePullPolicy: 'Never',
  ports: [{ name: 'http', containerPort: 80, hostPort: PORTS.host }],
  startupProbe: { exec: { command: ['/web', 'get', 'http://localhost/'] }, periodSeconds: 1, failureThreshold: 60 },
  livenessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1, failureThreshold: 10 },
  readinessProbe: { httpGet: { path: '/readiness', port: 80 }, periodSeconds: 1, failureThreshold: 1 },
})

const onlyOn = (names: readonly string[]): object => {
  const matchExpressions = [{ key: 'kubernetes.io/hostname', operator: 'In', values: names }]
  const required = { nodeSelectorTerms: [{ matchExpressions }] }
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } }
}

/** As the service load balancer of k3s: a host port leads to it, and it forwards in a namespace of its own. */
const balancer = (): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'balancer', labels: { app: 'balancer' } },
  spec: {
    nodeName: BALANCER_NODE,
    terminationGracePeriodSeconds: 0,
    securityContext: { sysctls: [{ name: 'net.ipv4.ip_forward', value: '1' }] },
    initContainers: [
      {
        name: 'forwards',
        image: WEB_IMAGE,
        imagePullPolicy: 'Never',
        command: ['/web', 'write', '/proc/sys/net/ipv6/conf/all/forwarding', '1'],
        securityContext: { privileged: true },
      },
    ],
    containers: [
      {
        name: 'web',
        image: WEB_IMAGE,
        imagePullPolicy: 'Never',
        command: ['/web', 'serve', '-http', '81'],
        ports: [{ containerPort: 80, hostPort: PORTS.balancer }],
      },
    ],
  },
})
