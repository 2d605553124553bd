// Changes of a running lab over the WireGuard that this machine has; over a kernel's, emulated and slow, in test/guest.
import { describeChangesInTraffic } from './changes-in-traffic.ts'

describeChangesInTraffic()
