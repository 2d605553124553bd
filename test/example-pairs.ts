// The examples, each a lab, and what of them has to arrive: ordered pairs of pods (of machines, where there are none) times families.
export const EXAMPLE_PAIRS: Readonly<Record<string, number>> = {
  'behind-nat': 5 * 4 * 2,
  'four-clouds': 14 * 13 * 2,
  'full-mesh': 4 * 3 * 2,
  'ipv6-only': 5 * 4,
  mixed: 6 * 5 * 2,
  'nanjing-shanghai': 4 * 3,
  'one-site-cross-subnet': 4 * 3 * 2,
  'one-site-direct': 6 * 5 * 2,
  'one-site-vxlan': 6 * 5 * 2,
  'one-site-wireguard': 6 * 5 * 2,
  'two-gateways': 6 * 5 * 2,
}
