/** Why an entry stands in a plan: the resource and the field that ask for it, and the rule that made it of them. */
export type Because = {
  /** `Network/default`, `Node/aws-1`, `Site/aws` */
  readonly resource: string
  /** Path of the field inside the resource, as a person would write it: `spec.podPrefixes[0]`. */
  readonly field?: string
  /** A short clause in plain words: `reached through the gateway of site gcp`. */
  readonly rule: string
}
