// struct sockaddr_in and sockaddr_in6 (linux/in.h, linux/in6.h).
import { type Address, addressBytes } from '../model/index.ts'
import { AF_INET, AF_INET6 } from './libc.ts'

export const domainOf = (family: 4 | 6): number => (family === 4 ? AF_INET : AF_INET6)

export function socketAddress(address: Address, port: number): Uint8Array {
  const bytes = new Uint8Array(address.family === 4 ? 16 : 28)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, domainOf(address.family), true)
  view.setUint16(2, port)
  bytes.set(addressBytes(address), address.family === 4 ? 4 : 8)
  return bytes
}

/** Of the name that the kernel gave to a bound socket. */
export const portOf = (name: Uint8Array): number => ((name[2] ?? 0) << 8) | (name[3] ?? 0)
