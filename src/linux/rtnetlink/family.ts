import type { Family } from '../../model/index.ts'
import { AF_INET, AF_INET6 } from '../libc.ts'

export const familyNumber = (family: Family): number => (family === 4 ? AF_INET : AF_INET6)

/** Undefined for AF_BRIDGE, AF_MPLS and whatever else comes by. */
export const tryFamily = (number: number): Family | undefined =>
  number === AF_INET ? 4 : number === AF_INET6 ? 6 : undefined
