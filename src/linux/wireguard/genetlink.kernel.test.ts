import { afterEach, expect, test } from 'vitest'
import { NETLINK_GENERIC } from '../netlink/descriptor.ts'
import { openNetlinkSocket } from '../netlink/socket.ts'
import { findFamily } from './genetlink.ts'

const socket = openNetlinkSocket({ protocol: NETLINK_GENERIC })
afterEach(() => socket.close())

test('a family that every kernel has is found under its fixed number, and an unknown one is not', () => {
  expect(findFamily(socket, 'nlctrl')).toBe(16) // GENL_ID_CTRL
  expect(findFamily(socket, 'damask-none')).toBeUndefined()
})
