// Underlays of several widths over the WireGuard of this machine; those with IPIP stand in test/guest, for most kernels of test machines have none.
import { CASES, type MtuCase } from './mtu-case.ts'
import { describeMtus } from './mtu-lab.ts'

const isOfAnyKernel = ({ fabric }: MtuCase): boolean => fabric !== 'ipip'

describeMtus(CASES.filter(isOfAnyKernel))
