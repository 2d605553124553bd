// Network plugins of others, known by what their DaemonSets and images are called.
import type { DaemonSetFact } from './cluster-facts.ts'

export type FoundPlugin = { readonly plugin: string; readonly where: string }

/** By a word of the DaemonSet's name or of the last part of an image's. */
const PLUGINS: readonly (readonly [plugin: string, words: RegExp])[] = [
  ['Flannel', /^(kube-)?flannel(-ds)?\b/],
  ['Canal', /^canal\b/],
  ['Calico', /^calico-node\b|^calico$/],
  ['Cilium', /^cilium$/],
  ['Kilo', /^kilo$/],
  ['Weave Net', /^weave-(net|kube)\b/],
  ['kindnet', /^kindnet(d)?\b/],
  ['kube-router', /^kube-router\b/],
  ['Antrea', /^antrea-(agent|ubuntu)\b/],
  ['Amazon VPC CNI', /^aws-node$|^amazon-k8s-cni\b/],
  ['Azure CNI', /^azure-(cni|vnet)\b/],
  ['OVN-Kubernetes', /^ovnkube-node\b/],
  ['Kube-OVN', /^kube-ovn-cni\b/],
  ['Romana', /^romana-agent\b/],
  ['Contiv', /^contiv-vswitch\b/],
]

export const findPlugins = (daemonSets: readonly DaemonSetFact[]): readonly FoundPlugin[] =>
  daemonSets.flatMap(({ namespace, name, images }) => {
    const words = [name, ...images.map(lastPart)]
    const [plugin] = PLUGINS.find(([, pattern]) => words.some((word) => pattern.test(word))) ?? []
    return plugin === undefined ? [] : [{ plugin, where: `${namespace}/${name}` }]
  })

/** `docker.io/flannel/flannel:v0.27` -> `flannel` */
const lastPart = (image: string): string => (image.split('/').at(-1) ?? '').replace(/[:@].*$/, '')
