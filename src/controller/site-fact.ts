// Which site a node is in: by annotation, else by the Network's label.
import type { Network } from '../model/index.ts'
import type { CoreNode } from './core-node.ts'
import { annotation, type Fact, firstSaid, right, type Said, type Source } from './fact.ts'
import { isWithoutPrivateAddress } from './private-address-fact.ts'

/** A DNS label, as the field `site` of a Node is one. */
const SITE_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
/** What Kubernetes takes as the value of a label. */
const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/

export function siteFact({ annotations, labels }: CoreNode, { sites }: Pick<Network, 'sites'>): Fact<string> {
  if (sites.by === 'node') return { problems: [] }
  const read = sites.by === 'label' ? readLabelValue : readSiteName
  const kilo: readonly Source<string>[] = isWithoutPrivateAddress(annotations)
    ? []
    : [
        annotation(annotations, 'kilo.squat.ai/location', read),
        ...(sites.by === 'label' ? [{ name: `label ${sites.label}`, said: labelSaid(labels[sites.label]) }] : []),
      ]
  return firstSaid([annotation(annotations, 'damask.dev/site', read), ...kilo], 'the node is a site of its own')
}

/** Kubernetes took it as a label, so that nothing is wrong with it. */
const labelSaid = (value: string | undefined): Said<string> | undefined =>
  value === undefined || value === '' ? undefined : right(value)

const readSiteName = (text: string): Said<string> =>
  SITE_NAME.test(text)
    ? right(text)
    : { kind: 'wrong', found: text, expected: 'a DNS label: at most 63 lower-case letters, digits and hyphens' }

const readLabelValue = (text: string): Said<string> =>
  LABEL_VALUE.test(text)
    ? right(text)
    : {
        kind: 'wrong',
        found: text,
        expected: 'what the value of a label may be: at most 63 letters, digits, hyphens, dots and underscores',
      }
