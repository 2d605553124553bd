// Sandboxes of a node's containerd, asked for as kubelet asks for them: the CRI, gRPC over its unix socket
// (k8s.io/cri-api, pkg/apis/runtime/v1/api.proto). Kubelet takes away those it does not know: it has to stand still meanwhile.
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { clusterCgroup } from './cgroup.ts'
import type { Cluster } from './cluster.ts'

/** Its id. It has a network and its pause, and no container. */
export async function runSandbox(
  { id, node }: Pick<Cluster, 'id' | 'node'>,
  on: string,
  name: string,
): Promise<string> {
  const metadata = message(text(1, name), text(2, `uid-${name}`), text(3, 'default'))
  const linux = message(text(1, `/${clusterCgroup(id)}/${on}/sandboxes`)) // cgroup_parent
  const config = message(bytes(1, metadata), text(2, name), text(3, `/var/log/${name}`), bytes(8, linux))
  const answer = await call(socketOf(node(on)), 'RunPodSandbox', bytes(1, config))
  return firstText(answer)
}

/** Safe to repeat. */
export async function removeSandbox({ node }: Pick<Cluster, 'node'>, on: string, sandbox: string): Promise<void> {
  for (const method of ['StopPodSandbox', 'RemovePodSandbox']) await call(socketOf(node(on)), method, text(1, sandbox))
}

const socketOf = ({ containerd }: ReturnType<Cluster['node']>): string =>
  `/proc/${containerd.pid()}/root/run/containerd/containerd.sock`

async function call(socketPath: string, method: string, body: Buffer): Promise<Buffer> {
  const session = connectHttp2('http://localhost', { createConnection: () => connect(socketPath) })
  try {
    const request = session.request({
      ':method': 'POST',
      ':path': `/runtime.v1.RuntimeService/${method}`,
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    let trailers: Record<string, unknown> = {}
    for (const event of ['response', 'trailers'])
      request.on(event, (headers) => {
        trailers = { ...trailers, ...headers }
      })
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.end(framed(body))
    await once(request, 'end')
    if (trailers['grpc-status'] !== '0')
      throw new Error(`containerd refuses ${method}: ${trailers['grpc-message'] ?? JSON.stringify(trailers)}`)
    return Buffer.concat(chunks).subarray(FRAME_HEAD)
  } finally {
    session.destroy()
  }
}

/** Not compressed, and its length in 32 bits. */
const FRAME_HEAD = 5

function framed(body: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD)
  head.writeUInt32BE(body.length, 1)
  return Buffer.concat([head, body])
}

/** Of a field of protobuf that has a length (wire type 2). */
function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2]), varint(value.length), value])
}

const text = (field: number, value: string): Buffer => bytes(field, Buffer.from(value))
const message = (...fields: readonly Buffer[]): Buffer => Buffer.concat(fields)

function varint(value: number): Buffer {
  const parts: number[] = []
  let rest = value
  for (; rest > 0x7f; rest >>>= 7) parts.push((rest & 0x7f) | 0x80)
  return Buffer.from([...parts, rest])
}

/** Of a message whose first field is a text of less than 128 bytes. */
const firstText = (answer: Buffer): string => answer.subarray(2, 2 + (answer[1] ?? 0)).toString()
