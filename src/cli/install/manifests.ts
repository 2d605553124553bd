// All objects of an installation, in the order in which they are made: who is needed first comes first.
import type { KubernetesObject } from '../../store/index.ts'
import { access } from './access.ts'
import { admissionPolicy } from './admission-policy.ts'
import { agentDaemonSet } from './agent-daemon-set.ts'
import { controllerDeployment } from './controller-deployment.ts'
import { customResources } from './custom-resources.ts'
import { type InstallRecord, recordObject } from './install-record.ts'
import { keeperDaemonSet } from './keeper-daemon-set.ts'
import { namespace } from './namespace.ts'

/** Left out: an installation that is already there has one. */
export type Manifests = InstallRecord & { readonly network?: KubernetesObject }

export const manifests = ({ version, settings, network }: Manifests): readonly KubernetesObject[] => [
  ...customResources,
  namespace,
  // Before agents have tokens: there is no moment in which one may write of another node.
  ...(settings.hasAdmissionPolicy ? admissionPolicy : []),
  ...access,
  ...(network === undefined ? [] : [network]),
  ...(settings.wireguardGo === 'auto' ? [keeperDaemonSet(settings)] : []),
  agentDaemonSet(settings),
  controllerDeployment(settings),
  recordObject({ version, settings }),
]
