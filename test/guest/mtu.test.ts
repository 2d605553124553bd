// The underlays of test/lab/mtu.test.ts whose fabric is IPIP.
import { CASES, type MtuCase } from '../lab/mtu-case.ts'
import { describeMtus } from '../lab/mtu-lab.ts'

const isIpip = ({ fabric }: MtuCase): boolean => fabric === 'ipip'

describeMtus(CASES.filter(isIpip))
