// Changes of a running lab over the WireGuard of the kernel. How long is measured here says little: the machine is emulated.
import { describeChangesInTraffic } from '../lab/changes-in-traffic.ts'

describeChangesInTraffic()
