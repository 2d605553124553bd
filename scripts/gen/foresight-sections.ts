// What docs/foresight.md shows: a section is a title, a few words, and a list of command lines. To add one, add an entry.

export type PageSection = {
  readonly title: string
  readonly text: string
  readonly commands: readonly PageCommand[]
}

export type PageCommand = {
  /** Words before it, where it needs some. */
  readonly text?: string
  /** As bash takes it, in a folder with `examples` and `test` of the clone, and `FILES`; after those before it in the section. */
  readonly line: string
  /** It changes the machine and is not run here: its output is this file of test/golden, which a test of a lab compares. */
  readonly golden?: string
  /** It changes the machine and is not run here; it prints nothing. */
  readonly isOnlyShown?: true
}

/** Besides what the clone has: by name, in the folder where the command lines run. */
export const FILES: Readonly<Record<string, string>> = {
  'prices.yaml': `currency: USD
usual: { egress: 0.09 }
places: { aws: { egress: 0.09, inside: 0.01 }, home: { egress: 0 } }
`,
  'net-conf.json': `{
  "Network": "10.42.0.0/16",
  "Backend": {
    "Type": "vxlan"
    "Port": 4789
  }
}
`,
}

export const SECTIONS: readonly PageSection[] = [
  {
    title: 'Every pair at once: `damask verify`',
    text:
      'All ordered pairs of pods, machines and what is outside, in both families, as packets walk through what every kernel would hold; and\n' +
      'which pairs are lost without any one gateway. What stops many pairs for one reason is told once: how many, who to whom, one of them with\n' +
      'the entry and the resource because of which it is there. The exit code is 1 where something is lost, or crosses a public network in the\n' +
      'clear.\n' +
      '\n' +
      'Walked are rules, longest prefixes, next hops and groups, marks, allowed IPs outwards and inwards, who can open which session, neighbours\n' +
      'and forwarding entries, our filters, masquerade, reverse paths, sizes and fragments; and below that private networks, NAT, security groups\n' +
      'and source checks. Not XFRM (IPsec): tunnels are WireGuard alone, so a NodeState has no entry of it, and what other programs put there on a\n' +
      'machine is not seen.',
    commands: [
      { line: 'damask verify examples/two-gateways.yaml | grep -v ^note' },
      {
        text: 'Where somebody forgot to open the port of the tunnel in the security group of aws:',
        line: "sed '/name: aws$/,/allow/s/port: 51820/port: 22/' examples/four-clouds.yaml > closed.yaml",
      },
      { line: 'damask verify closed.yaml --no-without-gateways | grep -v ^note' },
      {
        text: 'The certificate of a proof, with what is lost without any one gateway, is checked without trust in who made it; of another network it does not hold:',
        line: 'damask verify examples/four-clouds.yaml -o json > certificate.json',
      },
      { line: 'damask verify --check certificate.json examples/four-clouds.yaml' },
      { line: 'damask verify --check certificate.json closed.yaml' },
    ],
  },
  {
    title: 'One packet: `damask trace`',
    text:
      'The way of a packet through the plan, there and back: at each machine the rule, route, next hop, peer and forwarding entry that\n' +
      'decide, with the resource because of which they are there; what is wrapped around it; which networks it crosses, and whether\n' +
      'encrypted; how large a packet may be. The networks below are those of the Lab, where there is one, else they are guessed.',
    commands: [
      {
        line: "damask trace aws-2-a home-1-a examples/four-clouds.yaml --family 4 | sed '/^back/,/^verdict/{/^verdict/!d}'",
      },
      {
        text: 'The same where somebody forgot to open the port of the tunnel in the security group of aws:',
        line: "sed '/name: aws$/,/allow/s/port: 51820/port: 22/' examples/four-clouds.yaml > closed.yaml",
      },
      { line: 'damask trace home-1-a aws-2-a closed.yaml --family 4' },
      {
        text: 'A packet that is too large, and one to an address that no machine owns:',
        line: "damask trace aws-2-a home-1-a examples/four-clouds.yaml --family 4 --port 443 --size 1450 | grep '^verdict'",
      },
      { line: "damask trace home-1 10.42.99.5 examples/four-clouds.yaml | grep '^verdict'" },
    ],
  },
  {
    title: 'Plan and machine: `damask trace --live`',
    text:
      'Reads the kernels of a lab that is up, walks the packet through the plan and through what is really there, and names the first hop\n' +
      'where they differ. Here the agent of aws-1 was stopped, or it would have put the route back within milliseconds:',
    commands: [
      { line: 'damask lab exec aws-1 -- ip route del 10.42.7.0/24 table 218', isOnlyShown: true },
      {
        line: "damask trace aws-2-a home-1-b examples/four-clouds.yaml --family 4 --live | sed -n '/^plan and machine/,$p'",
        golden: 'trace-live.txt',
      },
    ],
  },
  {
    title: 'One thing: `damask explain`',
    text: 'An address, a prefix, a peer, a route, a device, a key: what it is, whose, on which machines it stands and why.',
    commands: [{ line: 'damask explain 10.42.4.17 examples/four-clouds.yaml' }],
  },
  {
    title: 'One change: `damask plan --diff`',
    text:
      'What a change does on which machine, in which order, and what it means for whom. Its exit code is 1 where reach or encryption is lost\n' +
      'that was there, so that it can stand in a pipeline. Here aws encrypts its own network too:',
    commands: [
      { line: "sed 's/fabric: { kind: vxlan }/fabric: { kind: wireguard }/' examples/four-clouds.yaml > sealed.yaml" },
      { line: 'damask plan --diff examples/four-clouds.yaml sealed.yaml --no-because --node aws-2' },
      {
        text: 'And what it would mean for everybody to take that back:',
        line: "damask plan --diff sealed.yaml examples/four-clouds.yaml | sed -n '/^what it means/,$p'",
      },
    ],
  },
  {
    title: 'The bill: `damask cost`',
    text: 'What crosses which border of which cloud, and what another gateway or site rule would make of it: here, no sites at all.',
    commands: [
      { line: 'cat prices.yaml' },
      {
        line: 'damask cost examples/four-clouds.yaml --prices prices.yaml --packet-size 1400 --try sites=each-node',
      },
    ],
  },
  {
    title: 'Hand-written meshes: `damask verify --wg-quick`',
    text: 'Reads the files of all machines together. These were published, with one network in the wrong place:',
    commands: [{ line: 'damask verify --wg-quick test/wg-quick/nanjing-shanghai-published | grep -v ": note:"' }],
  },
  {
    title: "From flannel's configuration: `damask import flannel`",
    text: 'As published too, with a comma missing:',
    commands: [
      { line: 'cat net-conf.json' },
      { line: 'damask import flannel net-conf.json' },
      { text: 'With the comma:', line: `sed 's/"vxlan"/"vxlan",/' net-conf.json | damask import flannel -` },
    ],
  },
  {
    title: 'Without agents: `damask render wg-quick`',
    text: 'The same world as files of wg-quick, for machines that shall have nothing but WireGuard:',
    commands: [{ line: 'damask render wg-quick examples/nanjing-shanghai.yaml --node n2' }],
  },
]
