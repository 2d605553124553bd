import { describe, expect, test } from 'vitest'
import { type BadInput, issuesOf } from './world.fixture.ts'

const CASES: readonly BadInput[] = [
  [
    'a field with a misspelt name',
    [['  encryption: required', '  encrypton: required']],
    [
      'w.yaml:9:3: spec.encrypton is not a field of a Network; did you mean "encryption"? (fields: podPrefixes, podPrefixLengths, servicePrefixes, lan, joinPrivateAddresses, sites, fabric, tunnel, encryption, gatewaysPerSite, masquerade, mtu)',
    ],
  ],
  [
    'a misspelt field of a node',
    [['  podPrefixes: [10.42.1', '  podPrefixs: [10.42.1']],
    [
      'w.yaml:25:3: spec.podPrefixs is not a field of a Node; did you mean "podPrefixes"? (fields: site, privateAddresses, endpoint, podPrefixes, offeredPrefixes, lan, gateway)',
    ],
  ],
  [
    'a misspelt field deep inside',
    [['kind: direct', 'kind: direct, prot: 8472']],
    [
      'w.yaml:8:27: spec.fabric.prot is not a field of spec.fabric; did you mean "port"? (fields: kind, encapsulate, port)',
    ],
  ],
  [
    'a misspelt field in the metadata',
    [['{ name: aws-1 }', '{ name: aws-1, lables: {} }']],
    ['w.yaml:20:26: metadata.lables is not a field of metadata; did you mean "labels"? (fields: name, labels)'],
  ],
  [
    'a required field with a misspelt name is one error',
    [['host: 203.0.113.11', 'hots: 203.0.113.11']],
    [
      'w.yaml:24:15: spec.endpoint.hots is not a field of spec.endpoint; did you mean "host"? (fields: host, port, ports)',
    ],
  ],
  [
    'a field that is like no other',
    [['  encryption: required', '  colour: red']],
    [
      'w.yaml:9:3: spec.colour is not a field of a Network (fields: podPrefixes, podPrefixLengths, servicePrefixes, lan, joinPrivateAddresses, sites, fabric, tunnel, encryption, gatewaysPerSite, masquerade, mtu)',
    ],
  ],
  [
    'a field beside spec',
    [['metadata: { name: aws-1 }', 'metadata: { name: aws-1 }\nstatus: {}']],
    ['w.yaml:21:1: status is not a field of a Node (fields: apiVersion, kind, metadata, spec, granted)'],
  ],
  [
    'a text for a number',
    [['gatewaysPerSite: 1', 'gatewaysPerSite: two']],
    ['w.yaml:10:20: spec.gatewaysPerSite is "two"; expected a whole number from 1 to 16'],
  ],
  [
    'a number that is too large',
    [['gatewaysPerSite: 1', 'gatewaysPerSite: 17']],
    ['w.yaml:10:20: spec.gatewaysPerSite is 17; expected a whole number from 1 to 16'],
  ],
  [
    'a number that is not whole',
    [['gatewaysPerSite: 1', 'gatewaysPerSite: 1.5']],
    ['w.yaml:10:20: spec.gatewaysPerSite is 1.5; expected a whole number from 1 to 16'],
  ],
  [
    'a text for a list',
    [['[172.31.0.11/20]', '172.31.0.11/20']],
    ['w.yaml:23:21: spec.privateAddresses is "172.31.0.11/20"; expected a list such as [172.31.0.11/20]'],
  ],
  [
    'a map for a text',
    [['site: aws\n  privateAddresses: [172.31.0.11', 'site: { name: aws }\n  privateAddresses: [172.31.0.11']],
    ['w.yaml:22:9: spec.site is a map; expected a name (in quotes if it looks like a number)'],
  ],
  [
    'nothing where a list belongs',
    [[' [172.31.0.11/20]', '']],
    ['w.yaml:23:3: spec.privateAddresses is empty; expected a list such as [172.31.0.11/20]'],
  ],
  [
    'a list without an item',
    [['[172.31.0.11/20]', '[]']],
    ['w.yaml:23:21: spec.privateAddresses is an empty list; expected at least one address with its length'],
  ],
  [
    'a value that is none of the few',
    [['encryption: required', 'encryption: requird']],
    ['w.yaml:9:15: spec.encryption is "requird"; expected one of required, preferred; did you mean "required"?'],
  ],
  [
    'an MTU that is neither a number nor auto',
    [['mtu: auto', 'mtu: large']],
    ['w.yaml:11:8: spec.mtu is "large"; expected auto or a whole number from 576 to 65535'],
  ],
  [
    'a slot that no site has',
    [['  gateway: allow\n', '  gateway: allow\ngranted: { slot: 17 }\n']],
    ['w.yaml:27:18: granted.slot is 17; expected a whole number from 1 to 16'],
  ],
  [
    'a grant of what nobody grants',
    [['  gateway: allow\n', '  gateway: allow\ngranted: { slto: 1 }\n']],
    ['w.yaml:27:12: granted.slto is not a field of a Node; did you mean "slot"? (fields: site, slot, podPrefixes)'],
  ],
  [
    'a missing field',
    [['host: 203.0.113.11, port: 51820', 'host: 203.0.113.11']],
    ['w.yaml:24:13: spec.endpoint.port is missing; expected a whole number from 1 to 65535'],
  ],
  [
    'a missing spec',
    [['spec: { fabric: { kind: vxlan } }\n', '']],
    ['w.yaml:13:1: spec is missing; expected a map of fields'],
  ],
  [
    'a name that is no DNS name',
    [['name: aws-1', 'name: AWS_1']],
    [
      'w.yaml:20:19: metadata.name is "AWS_1"; expected a DNS name: lower-case letters, digits and hyphens, with no hyphen at either end (63 at most), and dots between such labels',
    ],
  ],
  [
    'a name that is a number',
    [['name: aws-1', 'name: 12']],
    ['w.yaml:20:19: metadata.name is 12; expected a name (in quotes if it looks like a number)'],
  ],
  [
    'host bits in a prefix',
    [['10.42.1.0/24', '10.42.1.1/24']],
    ['w.yaml:25:17: spec.podPrefixes[0]: 10.42.1.1/24 has host bits set; did you mean 10.42.1.0/24?'],
  ],
  [
    'a length that no prefix has',
    [['10.42.1.0/24', '10.42.1.0/33']],
    [
      'w.yaml:25:17: spec.podPrefixes[0]: "10.42.1.0/33" is not a prefix: its length "33" is not a decimal number from 0 to 32',
    ],
  ],
  [
    'a leading zero',
    [['10.42.1.0/24', '10.042.1.0/24']],
    [
      'w.yaml:25:17: spec.podPrefixes[0]: "10.042.1.0/24" is not a prefix: "10.042.1.0" is not an IP address: "042" has a leading zero, which some programs read as octal',
    ],
  ],
  [
    'a prefix without a length',
    [['10.42.1.0/24', '10.42.1.0']],
    [
      'w.yaml:25:17: spec.podPrefixes[0]: "10.42.1.0" is not a prefix: it has no length; write one as in 10.0.0.0/8, or /32 for one address',
    ],
  ],
  [
    'a private address without a length',
    [['172.31.0.11/20', '172.31.0.11']],
    [
      'w.yaml:23:22: spec.privateAddresses[0]: "172.31.0.11" has no prefix length; write 172.31.0.11/24, or whatever its subnet has',
    ],
  ],
  [
    'a private address with a wrong length',
    [['172.31.0.11/20', '172.31.0.11/40']],
    ['w.yaml:23:22: spec.privateAddresses[0]: "172.31.0.11/40" has the length "40", which is no number from 0 to 32'],
  ],
  [
    'an endpoint with a wrong address',
    [['203.0.113.11,', '203.0.113.311,']],
    ['w.yaml:24:21: spec.endpoint.host: "203.0.113.311" is not an IP address: "311" is above 255'],
  ],
  [
    'an endpoint with a wrong name',
    [['203.0.113.11,', 'my_host,']],
    ['w.yaml:24:21: spec.endpoint.host: "my_host" is neither an address nor a DNS name'],
  ],
  [
    'sites by label without a label',
    [['{ by: field }', '{ by: label }']],
    ['w.yaml:7:10: spec.sites: by: label needs a label, such as label: topology.kubernetes.io/region'],
  ],
  [
    'a label where sites are not by label',
    [['{ by: field }', '{ by: node, label: x }']],
    ['w.yaml:7:29: spec.sites.label: label is of no use where sites are made by node; leave it out'],
  ],
  [
    'a public key that is none',
    [['AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', 'abc=']],
    ['w.yaml:48:22: status.publicKey: "abc=" is not a WireGuard public key: 32 bytes in base64'],
  ],
]

describe('a wrong field is one issue with its place, what was found and what was expected', () => {
  test.each(CASES)('%s', async (_, edits, expected) => {
    expect(await issuesOf(edits)).toEqual(expected)
  })
})
