// Objects as a stream of documents for `kubectl apply`.
import { stringify } from 'yaml'
import type { KubernetesObject } from '../../store/index.ts'

export function printedObjects(objects: readonly KubernetesObject[], output: 'yaml' | 'json'): string {
  if (output === 'json') return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, undefined, 2)
  return objects.map(printedObject).join('\n---\n')
}

/** Without anchors: what reads it may know none, and two equal lists are no more than that. */
export const printedObject = (object: KubernetesObject): string =>
  stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd()
