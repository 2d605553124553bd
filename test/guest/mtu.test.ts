// The underlays of test/lab/mtu.test.ts whose fabric is IPIP.
import { CASES, type MtuCase } from '../lab/mtu-case.ts'
import { describeMtus } from '../lab/mtu-lab.ts'
import { IS_WHOLE, pairwise } from '../pairwise.ts'

const isIpip = ({ fabric }: MtuCase): boolean => fabric === 'ipip'

describeMtus((IS_WHOLE ? CASES : pairwise(CASES)).filter(isIpip))
