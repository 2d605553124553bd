// Whether a node wishes to speak for its site.
import type { Node } from '../model/index.ts'
import type { CoreNode } from './core-node.ts'
import { annotation, type Fact, firstSaid, right, type Said } from './fact.ts'

type Wish = Node['gateway']

export const gatewayFact = ({ annotations }: CoreNode): Fact<Wish> =>
  firstSaid<Wish>(
    [
      annotation(annotations, 'damask.dev/gateway', readWish),
      { name: 'annotation kilo.squat.ai/leader', said: isKiloLeader(annotations) ? right('prefer') : undefined },
    ],
    'it is allow',
  )

const readWish = (text: string): Said<Wish> =>
  text === 'prefer' || text === 'allow' || text === 'never'
    ? right(text)
    : { kind: 'wrong', found: text, expected: 'prefer, allow or never' }

/** Kilo asks only whether it is there. Who writes "false" means something else. */
const isKiloLeader = (annotations: CoreNode['annotations']): boolean =>
  (annotations['kilo.squat.ai/leader'] ?? 'false') !== 'false'
