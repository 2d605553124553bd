// A small world with something of every kind, and what a reader says of it after an edit.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatIssue } from './issue.ts'
import { readWorld } from './store-reader.ts'

export const WORLD = `apiVersion: damask.dev/v1alpha1
kind: Network
metadata: { name: default }
spec:
  podPrefixes: [10.42.0.0/16, "fd42:42::/48"]
  servicePrefixes: [10.43.0.0/16]
  sites: { by: field }
  fabric: { kind: direct }
  encryption: required
  gatewaysPerSite: 1
  mtu: auto
---
apiVersion: damask.dev/v1alpha1
kind: Site
metadata: { name: aws }
spec: { fabric: { kind: vxlan } }
---
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: aws-1 }
spec:
  site: aws
  privateAddresses: [172.31.0.11/20]
  endpoint: { host: 203.0.113.11, port: 51820 }
  podPrefixes: [10.42.1.0/24, "fd42:42:0:1::/64"]
  gateway: allow
---
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: aws-2 }
spec:
  site: aws
  privateAddresses: [172.31.0.12/20]
  endpoint: { host: 203.0.113.12, port: 51820 }
  podPrefixes: [10.42.2.0/24]
---
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: gcp-1 }
spec:
  site: gcp
  privateAddresses: [10.128.0.11/24]
  podPrefixes: [10.42.3.0/24]
---
apiVersion: damask.dev/v1alpha1
kind: NodeStatus
metadata: { name: aws-1 }
status: { publicKey: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=, underlayMtu: 1500 }
---
apiVersion: damask.dev/v1alpha1
kind: NodeStatus
metadata: { name: aws-2 }
status: { publicKey: BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= }
---
apiVersion: damask.dev/v1alpha1
kind: Lab
metadata: { name: lab }
spec:
  clouds:
    - { name: aws, nat: one-to-one }
    - { name: gcp, nat: masquerade }
  podsPerNode: 2
`

/** The document of the Network, with the line that ends it. */
export const NETWORK = WORLD.slice(0, WORLD.indexOf('---\n') + 4)

type Edit = readonly [from: string, to: string]

export type BadInput = readonly [what: string, edits: readonly Edit[], issues: readonly string[]]

/** The issues of the world after each first `from` became `to`; the file is called w.yaml. */
export async function issuesOf(edits: readonly Edit[]): Promise<string[]> {
  return issuesOfText(edits.reduce(applyEdit, WORLD))
}

export async function issuesOfText(text: string | Uint8Array): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'damask-store-'))
  try {
    writeFileSync(join(folder, 'w.yaml'), text)
    const { issues } = await readWorld([join(folder, 'w.yaml')])
    return issues.map((issue) => formatIssue(issue).replaceAll(`${folder}/`, ''))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function applyEdit(text: string, [from, to]: Edit): string {
  if (!text.includes(from)) throw new Error(`the fixture has no ${JSON.stringify(from)}`)
  return text.replace(from, () => to)
}
