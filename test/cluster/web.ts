// A web server on every node of a test cluster, and a service in front of them.
import type { Cluster } from './cluster.ts'
import { WEB_IMAGE } from './stock-images.ts'

export type WebOptions = {
  /** Of the DaemonSet, its pods' label `app`, and the service: `web`, if left out. */
  readonly name?: string
  readonly namespace?: string
  readonly hostNetwork?: boolean
  /** What a port of each node leads to it. */
  readonly hostPort?: number
  /** More of the service's spec: `{ type: 'NodePort', externalTrafficPolicy: 'Local' }`. */
  readonly service?: object
  /** More of the pods' spec: `{ nodeSelector: … }`. */
  readonly pod?: object
}

/** Ports inside: HTTP 80, UDP echo 7, a stream that counts 19; of pods in their node's network 8080, 8007 and 8019. */
export async function deployWeb({ apply }: Pick<Cluster, 'apply'>, options: WebOptions = {}): Promise<void> {
  await apply(...webResources(options))
}

export function webResources(options: WebOptions = {}): object[] {
  const { name = 'web', namespace = 'default', hostNetwork = false, hostPort, service = {}, pod = {} } = options
  const labels = { app: name }
  const ports = hostNetwork ? { http: 8080, echo: 8007, count: 8019 } : { http: 80, echo: 7, count: 19 }
  const container = {
    name: 'web',
    image: WEB_IMAGE,
    imagePullPolicy: 'Never',
    command: ['/web', 'serve', ...Object.entries(ports).flatMap(([port, number]) => [`-${port}`, `${number}`])],
    ports: [{ name: 'http', containerPort: ports.http, ...(hostPort !== undefined && { hostPort }) }],
    readinessProbe: { httpGet: { path: '/', port: ports.http }, periodSeconds: 1 },
  }
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name, namespace },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            hostNetwork,
            terminationGracePeriodSeconds: 0,
            tolerations: [{ operator: 'Exists' }],
            containers: [container],
            ...pod,
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: {
        selector: labels,
        ipFamilyPolicy: 'PreferDualStack',
        ports: [
          { name: 'http', port: 80, targetPort: ports.http },
          { name: 'echo', port: 7, targetPort: ports.echo, protocol: 'UDP' },
          { name: 'count', port: 19, targetPort: ports.count },
        ],
        ...service,
      },
    },
  ]
}
