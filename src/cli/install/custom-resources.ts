// The kinds of Damask, as `npm run gen` makes them of the schemas by which files are read.
import type { KubernetesObject } from '../../store/index.ts'
import meshNodes from './crds/meshnodes.json' with { type: 'json' }
import networks from './crds/networks.json' with { type: 'json' }
import sites from './crds/sites.json' with { type: 'json' }

export const customResources: readonly KubernetesObject[] = [networks, sites, meshNodes]
