/** Something the planner has to say about the world. An error means that the plan does not do what was asked. */
export type PlanIssue = {
  readonly severity: 'error' | 'warning'
  /** A sentence that names the resource, what is wrong with it and what to do. */
  readonly message: string
  /** Of an error: it would not be without these nodes. Of a warning: they are left out. */
  readonly nodes?: readonly string[]
}
