import { findUnplanned, formatPath, type World } from '../model/index.ts'
import type { PlanIssue } from './plan-issue.ts'

/** What cannot be planned yet, for worlds that were not read from files; there it is said with its place. */
export const findUnsupported = ({ network, sites }: World): PlanIssue[] =>
  findUnplanned(network, sites.values()).map(({ kind, name, path, message }) => ({
    severity: 'error',
    message: `${kind}/${name} ${formatPath(path)}: ${message}`,
  }))
