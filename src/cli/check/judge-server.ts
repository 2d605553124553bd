// What the API server looks like from the nodes, and which setting of the distribution adds an address to its certificate.
import type { Distribution } from './cluster-facts.ts'
import type { Finding } from './finding.ts'
import { someOf } from './finding-text.ts'
import type { ServerLook } from './server-look.ts'

export function judgeServer({ url, host, outcome, names, said }: ServerLook, distribution: Distribution): Finding {
  if (outcome === 'named')
    return { severity: 'ok', topic: 'api-server', what: `${url} answers, and its certificate names ${host}` }
  if (outcome === 'foreign')
    return {
      severity: 'error',
      topic: 'api-server',
      what: `the certificate of ${url} does not name ${host}, and agents refuse it; it names ${someOf(names, 12)}`,
      advice: certificateAdvice(distribution, host),
    }
  return {
    severity: 'error',
    topic: 'api-server',
    what: `${url} does not answer: ${said}`,
    advice:
      'agents need it before there is a network: open its port to the nodes, or name by --api-server an address that all of them reach',
  }
}

export function certificateAdvice(distribution: Distribution, host: string): string {
  switch (distribution) {
    case 'kubeadm':
      return (
        `add ${host} under apiServer.certSANs of the ConfigMap kube-system/kubeadm-config and save its ClusterConfiguration as FILE; on every control plane node ` +
        'remove /etc/kubernetes/pki/apiserver.{crt,key}, run `kubeadm init phase certs apiserver --config FILE`, and restart kube-apiserver'
      )
    case 'k3s':
      return `start every k3s server with --tls-san ${host} (or \`tls-san: [${host}]\` in /etc/rancher/k3s/config.yaml), and restart it`
    case 'rke2':
      return `write \`tls-san: [${host}]\` into /etc/rancher/rke2/config.yaml of every server, and restart rke2-server`
    case 'kind':
      return (
        'take --api-server https://CLUSTER-control-plane:6443, which it names; or make the cluster with a kubeadmConfigPatches of kind ClusterConfiguration ' +
        `that has apiServer: { certSANs: [${host}] }`
      )
    case 'unknown':
      return (
        `make the serving certificate of kube-apiserver (--tls-cert-file) again with ${host} as a subjectAltName: kubeadm's apiServer.certSANs, --tls-san of k3s; ` +
        'or name by --api-server an address that it has'
      )
  }
}
