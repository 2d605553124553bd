import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { parseSockets, takenPorts } from './taken-ports.ts'

const UDP = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  101: 00000000:CA6C 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 0 2 0000000000000000 0
  102: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 4711 2 0000000000000000 0
  103: 0B001FAC:9999 08080808:0035 01 00000000:00000000 00:00000000 00000000   101        0 4712 2 0000000000000000 0`

test('sockets of the kernel have no inode; those that are connected take no port from others', () => {
  expect(parseSockets(UDP, 'udp')).toEqual([
    { protocol: 'udp', port: 51820, inode: '0' },
    { protocol: 'udp', port: 53, inode: '4711' },
  ])
})

test('a port that a process holds is found with the program that it is', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  try {
    const [taken, ...others] = takenPorts([
      { protocol: 'udp', port },
      { protocol: 'tcp', port },
    ])
    expect(taken).toMatchObject({ protocol: 'udp', port, commandLine: expect.stringContaining('vitest') })
    expect(others).toEqual([])
  } finally {
    socket.close()
  }
  expect(takenPorts([{ protocol: 'udp', port }])).toEqual([])
})
