import { describe, expect, test } from 'vitest'
import { type BadInput, issuesOf } from './world.fixture.ts'

const CASES: readonly BadInput[] = [
  [
    'a key that stands twice',
    [['  gateway: allow', '  site: gcp\n  gateway: allow']],
    ['w.yaml:26:3: the key "site" stands twice; the other is at w.yaml:22:3'],
  ],
  [
    'a missing comma in a list',
    [['10.42.1.0/24, ', '10.42.1.0/24 ']],
    [
      'w.yaml:25:17: spec.podPrefixes[0]: "10.42.1.0/24 "fd42:42:0:1::/64"" has a space in it: is a comma missing? expected a prefix such as 10.42.0.0/16',
    ],
  ],
  [
    'a missing comma in a map',
    [['203.0.113.11, port', '203.0.113.11 port']],
    ['w.yaml:24:21: a "key: value" inside the value of another: is a comma missing?'],
  ],
  [
    'a list that does not end',
    [['0:1::/64"]', '0:1::/64"']],
    ['w.yaml:26:3: the list before this is not closed: is a comma or a ] missing?'],
  ],
  [
    'a quote that does not end',
    [['0:1::/64"]', '0:1::/64]']],
    ['w.yaml:25:31: this quoted text never ends: a closing quote is missing'],
  ],
  [
    'a tab as indentation',
    [['  site: aws\n', '\tsite: aws\n']],
    ['w.yaml:22:1: a tab is used as indentation; write spaces'],
  ],
  [
    'a line that is indented too far',
    [['  gateway: allow', '   gateway: allow']],
    [
      'w.yaml:26:4: this does not go on from the line above: check the indentation of both, and that the one above has its colon',
    ],
  ],
  [
    'a missing colon',
    [['  site: aws\n', '  site aws\n']],
    ['w.yaml:22:3: this is no "key: value": is a colon missing, or an indentation wrong?'],
  ],
  [
    'an alias of nothing',
    [['site: gcp', 'site: *gcp']],
    ['w.yaml:41:9: *gcp is an alias of nothing: there is no &gcp before it'],
  ],
  ['a tag', [['site: gcp', 'site: !site gcp']], ['w.yaml:41:9: tags (!…) are not known here; leave it out']],
  [
    'a misspelt kind',
    [['kind: Node\nmetadata: { name: aws-1', 'kind: Nod\nmetadata: { name: aws-1']],
    [
      'w.yaml:19:7: kind is "Nod"; expected one of Network, Site, Node, Lab, NodeGrant, NodeStatus; did you mean "Node"?',
    ],
  ],
  [
    'a foreign kind',
    [['kind: Node\nmetadata: { name: aws-1', 'kind: Peer\nmetadata: { name: aws-1']],
    ['w.yaml:19:7: kind is "Peer"; expected one of Network, Site, Node, Lab, NodeGrant, NodeStatus'],
  ],
  [
    'a foreign apiVersion',
    [['apiVersion: damask.dev/v1alpha1\nkind: Network', 'apiVersion: apps/v1\nkind: Network']],
    ['w.yaml:1:13: apiVersion is "apps/v1"; expected damask.dev/v1alpha1'],
  ],
  [
    'an apiVersion of another day',
    [['apiVersion: damask.dev/v1alpha1\nkind: Network', 'apiVersion: damask.dev/v1beta1\nkind: Network']],
    [
      'w.yaml:1:13: apiVersion is "damask.dev/v1beta1"; expected damask.dev/v1alpha1; did you mean "damask.dev/v1alpha1"?',
    ],
  ],
  [
    'a document without a kind',
    [['kind: Network\n', '']],
    ['w.yaml:1:1: kind is missing; expected one of Network, Site, Node, Lab, NodeGrant, NodeStatus'],
  ],
  [
    'a document that is a list',
    [
      [
        '---\napiVersion: damask.dev/v1alpha1\nkind: Site',
        '---\n- a\n---\napiVersion: damask.dev/v1alpha1\nkind: Site',
      ],
    ],
    ['w.yaml:13:1: the document is a list; expected a map with apiVersion, kind, metadata and spec'],
  ],
]

describe('what is no YAML, or none of ours, is one issue with its place', () => {
  test.each(CASES)('%s', async (_, edits, expected) => {
    expect(await issuesOf(edits)).toEqual(expected)
  })
})
