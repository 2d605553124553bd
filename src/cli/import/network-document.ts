// The Network that was made of another plugin's configuration: checked as agents check it, and as text with what to do next.
import { Document, isNode, visit } from 'yaml'
import { API_VERSION, readResource } from '../../model/index.ts'
import type { FlannelNetwork } from './flannel-config.ts'

/** Throws, in sentences, where no Network can be so. */
export function networkDocument({ spec }: FlannelNetwork): Readonly<Record<string, unknown>> {
  const document = { apiVersion: API_VERSION, kind: 'Network', metadata: { name: 'default' }, spec }
  const read = readResource(document)
  if (read.kind === 'resource') return document
  throw new Error(`no Network can be so: ${read.problems.map(({ message }) => message).join('; ')}`)
}

export function renderNetwork(network: FlannelNetwork): string {
  const document = new Document(networkDocument(network))
  document.commentBefore = [
    ` Made by \`damask import flannel\` of the backend ${network.backend}. Its configuration does not name the range of the cluster's services:`,
    ' write servicePrefixes, if there is one. Flannel masquerades where it has --ip-masq; Damask does, unless masquerade says [].',
  ].join('\n')
  const sites = document.getIn(['spec', 'sites'], true)
  if (isNode(sites)) sites.comment = ` ${SITES[network.spec.sites.by]}`
  visit(document, {
    Collection(_, list, path) {
      // What spec itself holds stands on lines of its own.
      if (path.length > 4 || list === document.getIn(['metadata'], true)) list.flow = true
    },
  })
  return document.toString({ lineWidth: 0 }).trimEnd()
}

const SITES = {
  field:
    'one private network, one site: write the same spec.site into every Node, and another where machines stand elsewhere',
  node: 'a tunnel between any two; machines that share a private network need none if they share a site: by: field',
}
