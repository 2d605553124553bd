import { type Address, formatAddress } from './address.ts'

/** A UDP address on the underlay. */
export type Endpoint = { readonly address: Address; readonly port: number }

/** `203.0.113.11:51820`, `[2001:db8::1]:51820` */
export const formatEndpoint = ({ address, port }: Endpoint): string =>
  address.family === 4 ? `${formatAddress(address)}:${port}` : `[${formatAddress(address)}]:${port}`
