// More news of routes than a monitor has room for.
import { nthAddress, parseAddress, parsePrefix } from '../model/index.ts'
import type { Rtnetlink } from './rtnetlink.ts'

const SUBNET = parsePrefix('10.99.0.0/16')
const TO = parsePrefix('10.98.0.0/24')
/**
 * News of several KiB each. Who makes news gives the processor away at each (netlink_broadcast yields) once a listener's buffer is
 * half full, so many small ones take minutes where other programs wait for it.
 */
const HOPS = Array.from({ length: 250 }, (_, n) => ({ via: nthAddress(SUBNET, n + 2) }))
const ROUNDS = 1000

/** Makes and deletes a route of many hops, over and over, and returns without anybody having read of it. */
export function raiseRouteStorm(rtnetlink: Rtnetlink): void {
  rtnetlink.addBridge({ name: 'storm0' })
  rtnetlink.addAddress('storm0', parseAddress('10.99.0.1'), SUBNET.length)
  rtnetlink.setLink('storm0', { isUp: true })
  for (let round = 0; round < ROUNDS; round++) {
    rtnetlink.addRoute({ to: TO, hops: HOPS, protocol: 7 })
    rtnetlink.deleteRoute({ to: TO })
  }
}
