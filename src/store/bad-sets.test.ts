import { describe, expect, test } from 'vitest'
import { type BadInput, issuesOf, NETWORK } from './world.fixture.ts'

const CASES: readonly BadInput[] = [
  [
    'two nodes with one pod prefix',
    [['10.42.2.0/24', '10.42.1.0/24']],
    [
      'w.yaml:35:17: spec.podPrefixes[0] of Node/aws-2: 10.42.1.0/24 is also spec.podPrefixes[0] of Node/aws-1; the other is at w.yaml:25:17',
    ],
  ],
  [
    'two nodes whose pod prefixes overlap',
    [['10.42.2.0/24', '10.42.0.0/22']],
    [
      'w.yaml:35:17: spec.podPrefixes[0] of Node/aws-2: 10.42.0.0/22 overlaps 10.42.1.0/24, spec.podPrefixes[0] of Node/aws-1; the other is at w.yaml:25:17',
    ],
  ],
  [
    'pod prefixes of one node that overlap',
    [['[10.42.1.0/24', '[10.42.1.0/24, 10.42.1.128/25']],
    [
      'w.yaml:25:17: spec.podPrefixes[0] of Node/aws-1: 10.42.1.0/24 overlaps 10.42.1.128/25, spec.podPrefixes[1]; the other is at w.yaml:25:31',
    ],
  ],
  [
    'a pod prefix over the private address of another node',
    [['172.31.0.12/20', '10.42.1.12/32']],
    [
      'w.yaml:25:17: spec.podPrefixes[0] of Node/aws-1: 10.42.1.0/24 holds 10.42.1.12, a private address of Node/aws-2; the other is at w.yaml:33:22',
    ],
  ],
  [
    'a pod prefix over the subnet of its own node',
    [['172.31.0.11/20', '10.42.0.11/20']],
    [
      'w.yaml:25:17: spec.podPrefixes[0] of Node/aws-1: 10.42.1.0/24 overlaps 10.42.0.0/20, the subnet that the node itself is in; the other is at w.yaml:23:22',
    ],
  ],
  [
    'service and pod prefixes that overlap',
    [['10.43.0.0/16', '10.42.128.0/17']],
    [
      'w.yaml:5:17: spec.podPrefixes[0] of Network/default: 10.42.0.0/16 overlaps 10.42.128.0/17, spec.servicePrefixes[0]; the other is at w.yaml:6:21',
    ],
  ],
  [
    'prefixes of the network that overlap',
    [['podPrefixes: [10.42.0.0/16', 'podPrefixes: [10.42.0.0/16, 10.0.0.0/8']],
    [
      'w.yaml:5:31: spec.podPrefixes[1] of Network/default: 10.0.0.0/8 overlaps 10.42.0.0/16, spec.podPrefixes[0]; the other is at w.yaml:5:17',
    ],
  ],
  [
    'a pod prefix without room for a pod',
    [
      ['10.42.1.0/24', '10.42.1.0/31'],
      ['"fd42:42:0:1::/64"', '"fd42:42:0:1::/127"'],
    ],
    [
      "w.yaml:25:17: spec.podPrefixes[0] of Node/aws-1: 10.42.1.0/31 has no room for a pod beside the network's and the gateway's address; take /30 or wider",
      "w.yaml:25:31: spec.podPrefixes[1] of Node/aws-1: fd42:42:0:1::/127 has no room for a pod beside the network's and the gateway's address; take /126 or wider",
    ],
  ],
  [
    'pod prefixes with room for one pod or two',
    [
      ['10.42.1.0/24', '10.42.1.0/30'],
      ['"fd42:42:0:1::/64"', '"fd42:42:0:1::/126"'],
    ],
    [],
  ],
  [
    "a private address that is its subnet's",
    [['172.31.0.11/20', '172.31.0.0/20, 172.31.15.255/20, 10.1.1.0/31, "fd00::/64"']],
    [
      "w.yaml:23:22: spec.privateAddresses[0] of Node/aws-1: 172.31.0.0 is the network address of 172.31.0.0/20; write the machine's own",
      "w.yaml:23:37: spec.privateAddresses[1] of Node/aws-1: 172.31.15.255 is the broadcast address of 172.31.0.0/20; write the machine's own",
      "w.yaml:23:68: spec.privateAddresses[3] of Node/aws-1: fd00:: is the routers' anycast address (RFC 4291) of fd00::/64; write the machine's own",
    ],
  ],
  [
    'a pod prefix outside the network',
    [['10.42.2.0/24', '10.44.2.0/24']],
    [
      "w.yaml:35:17: spec.podPrefixes[0] of Node/aws-2: 10.44.2.0/24 is outside; the Network's podPrefixes are 10.42.0.0/16, fd42:42::/48",
    ],
  ],
  [
    'two nodes of one name',
    [['name: aws-2', 'name: aws-1']],
    ['w.yaml:30:19: there is a second Node named "aws-1"; the other is at w.yaml:20:19'],
  ],
  [
    'two endpoints that are one',
    [['203.0.113.12', '203.0.113.11']],
    [
      'w.yaml:34:13: spec.endpoint of Node/aws-2: 203.0.113.11:51820 is already the endpoint of Node/aws-1; the other is at w.yaml:24:13',
    ],
  ],
  [
    'two private addresses in one site',
    [['172.31.0.12/20', '172.31.0.11/20']],
    [
      'w.yaml:33:22: spec.privateAddresses[0] of Node/aws-2: 172.31.0.11 is already the private address of Node/aws-1 in site aws; the other is at w.yaml:23:22',
    ],
  ],
  [
    'one public key of two nodes',
    [['name: aws-2 }\nstatus: { publicKey: B', 'name: aws-2 }\nstatus: { publicKey: A']],
    [
      'w.yaml:53:22: status.publicKey of NodeStatus/aws-2: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= is already the public key of NodeStatus/aws-1; the other is at w.yaml:48:22',
    ],
  ],
  [
    'a misspelt Network is not also missing',
    [['kind: Network', 'kind: Netwrok']],
    [
      'w.yaml:2:7: kind is "Netwrok"; expected one of Network, Site, Node, Lab, NodeGrant, NodeStatus; did you mean "Network"?',
    ],
  ],
  [
    'a broken Network is not also missing',
    [['kind: direct', 'kind: dirct']],
    [
      'w.yaml:8:19: spec.fabric.kind is "dirct"; expected one of direct, vxlan, ipip, wireguard, none; did you mean "direct"?',
    ],
  ],
  [
    'a broken Node is not also missing in the Lab and for its status',
    [
      ['  podsPerNode', '  nodes: { aws-1: { cloud: gcp } }\n  podsPerNode'],
      ['gateway: allow', 'gateway: alow'],
    ],
    ['w.yaml:26:12: spec.gateway is "alow"; expected one of prefer, allow, never; did you mean "allow"?'],
  ],
  ['no Network', [[NETWORK, '']], ['w.yaml:1:1: there is no Network; exactly one document must have kind: Network']],
  [
    'two Networks',
    [['---\n', '---\napiVersion: damask.dev/v1alpha1\nkind: Network\nmetadata: { name: other }\nspec: {}\n---\n']],
    ['w.yaml:15:19: Network/other is a second Network; there may be only one; the other is at w.yaml:3:19'],
  ],
  [
    'two Labs',
    [
      [
        'kind: Lab\n',
        'kind: Lab\nmetadata: { name: other }\nspec: { clouds: [] }\n---\napiVersion: damask.dev/v1alpha1\nkind: Lab\n',
      ],
    ],
    ['w.yaml:62:19: Lab/lab is a second Lab; there may be only one; the other is at w.yaml:57:19'],
  ],
  [
    'a node in a cloud that there is not',
    [['  podsPerNode', '  nodes: { aws-1: { cloud: gpc } }\n  podsPerNode']],
    ['w.yaml:62:28: spec.nodes: there is no cloud "gpc"; did you mean "gcp"? (clouds: aws, gcp)'],
  ],
  [
    'a cloud for a node that there is not',
    [['  podsPerNode', '  nodes: { asw-1: { cloud: gcp } }\n  podsPerNode']],
    ['w.yaml:62:12: spec.nodes: there is no Node "asw-1"; did you mean "aws-1"? (nodes: aws-1, aws-2, gcp-1)'],
  ],
  [
    'a site without a cloud of its name',
    [['site: gcp', 'site: gpc']],
    [
      'w.yaml:41:9: Lab/lab: no cloud is named like site "gpc" of Node/gcp-1; did you mean "gcp"? (clouds: aws, gcp; or name one in spec.nodes)',
    ],
  ],
  [
    'two clouds of one name',
    [['name: gcp, nat', 'name: aws, nat']],
    ['w.yaml:61:15: a second cloud is named "aws"; the other is at w.yaml:60:15'],
  ],
  [
    'IPv6 pods with too small an MTU',
    [['mtu: auto', 'mtu: 1200']],
    ['w.yaml:11:8: spec.mtu of Network/default is 1200, but IPv6 pods need at least 1280'],
  ],
  [
    'a Site without a node',
    [['name: aws }\nspec: { fabric', 'name: asw }\nspec: { fabric']],
    ['w.yaml:15:19: warning: Site/asw has no node; did you mean "aws"? (sites with nodes: aws, gcp)'],
  ],
  [
    'a status of no node',
    [['name: aws-2 }\nstatus', 'name: aws-9 }\nstatus']],
    ['w.yaml:52:19: warning: NodeStatus/aws-9 is of no Node and is left out; delete it if the node is gone'],
  ],
  [
    'a grant of no node',
    [
      [
        'NodeStatus\nmetadata: { name: aws-2 }\nstatus: { publicKey: BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= }',
        'NodeGrant\nmetadata: { name: aws-9 }\ngranted: { slot: 1 }',
      ],
    ],
    ['w.yaml:52:19: warning: NodeGrant/aws-9 is of no Node and is left out; delete it if the node is gone'],
  ],
  [
    'one slot of two nodes of a site',
    [
      ['  gateway: allow\n', '  gateway: allow\ngranted: { slot: 1 }\n'],
      [
        'NodeStatus\nmetadata: { name: aws-2 }\nstatus: { publicKey: BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= }',
        'NodeGrant\nmetadata: { name: aws-2 }\ngranted: { slot: 1 }',
      ],
    ],
    [
      'w.yaml:54:18: warning: granted.slot of NodeGrant/aws-2: slot 1 is ignored, as Node/aws-1 holds it in site aws; the other is at w.yaml:27:18',
    ],
  ],
  [
    'a slot above those of the site',
    [['  gateway: allow\n', '  gateway: allow\ngranted: { slot: 2 }\n']],
    [
      'w.yaml:27:18: warning: granted.slot of Node/aws-1: slot 2 is ignored, as site aws has one gateway; the other is at w.yaml:10:20',
    ],
  ],
  [
    'a slot above those that its Site asks for',
    [
      ['  gateway: allow\n', '  gateway: allow\ngranted: { slot: 4 }\n'],
      ['spec: { fabric: { kind: vxlan } }', 'spec: { gatewaysPerSite: 3, fabric: { kind: vxlan } }'],
    ],
    [
      'w.yaml:27:18: warning: granted.slot of Node/aws-1: slot 4 is ignored, as site aws has 3 gateways; the other is at w.yaml:16:26',
    ],
  ],
  [
    'a slot of a node that is never a gateway',
    [['  gateway: allow\n', '  gateway: never\ngranted: { slot: 1 }\n']],
    ['w.yaml:27:18: warning: granted.slot of Node/aws-1: slot 1 is ignored, as Node/aws-1 says spec.gateway: never'],
  ],
  [
    'a node without a site',
    [
      ['  site: gcp\n', ''],
      ['  podsPerNode', '  nodes: { gcp-1: { cloud: gcp } }\n  podsPerNode'],
    ],
    ['w.yaml:39:19: warning: Node/gcp-1 has no spec.site: it is a site of its own, "gcp-1"'],
  ],
  [
    'several errors at once, in the order of the lines',
    [
      ['encryption: required', 'encrypton: required'],
      ['10.42.1.0/24', '10.42.1.1/24'],
      ['10.42.2.0/24', '10.42.3.0/24'],
      ['nat: masquerade', 'nat: maskerade'],
      ['203.0.113.12, port: 51820', '203.0.113.12, port: x'],
    ],
    [
      'w.yaml:9:3: spec.encrypton is not a field of a Network; did you mean "encryption"? (fields: podPrefixes, podPrefixLengths, servicePrefixes, lan, joinPrivateAddresses, sites, fabric, tunnel, encryption, gatewaysPerSite, masquerade, mtu)',
      'w.yaml:25:17: spec.podPrefixes[0]: 10.42.1.1/24 has host bits set; did you mean 10.42.1.0/24?',
      'w.yaml:34:41: spec.endpoint.port is "x"; expected a whole number from 1 to 65535',
      'w.yaml:61:25: spec.clouds[1].nat is "maskerade"; expected one of one-to-one, masquerade, none; did you mean "masquerade"?',
    ],
  ],
]

describe('documents that contradict each other are one issue with both places', () => {
  test.each(CASES)('%s', async (_, edits, expected) => {
    expect(await issuesOf(edits)).toEqual(expected)
  })
})
