// What of a world cannot be planned, and because of which nodes.
import { findAlikeNodes } from './alike-nodes.ts'
import type { Plan } from './plan.ts'
import type { PlanIssue } from './plan-issue.ts'
import { type IsStanding, nobodyStands } from './seniority.ts'
import { findSplitSites } from './split-sites.ts'

/** Each names in `nodes` those without whom it would not be: rather newcomers than nodes that stand. */
export const findErrors = (plan: Plan, isStanding: IsStanding = nobodyStands): PlanIssue[] => [
  ...findSplitSites(plan, isStanding),
  ...findAlikeNodes(plan, isStanding),
]
