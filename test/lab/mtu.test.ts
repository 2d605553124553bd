// Underlays of several widths over the WireGuard of this machine; those with IPIP stand in test/guest, for most kernels of test machines have none.
import { IS_WHOLE, pairwise } from '../pairwise.ts'
import { CASES, type MtuCase } from './mtu-case.ts'
import { describeMtus } from './mtu-lab.ts'

const isOfAnyKernel = ({ fabric }: MtuCase): boolean => fabric !== 'ipip'

describeMtus((IS_WHOLE ? CASES : pairwise(CASES)).filter(isOfAnyKernel))
