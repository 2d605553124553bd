// The files that an agent and a keeper make in their folders, each also as a crash leaves it half written.
export const SNAPSHOT_FILE = 'world.snapshot'
export const JOURNAL_FILE = 'pods.journal'
export const SYSCTLS_FILE = 'sysctls.json'

/** By who makes them, and where: patterns of their names. */
export const OWN_FILES = {
  key: /^private\.key(\.[0-9a-f]{8})?$/,
  state: /^(world\.snapshot|pods\.journal|sysctls\.json)(\.new)?$/,
  agentRun: /^((agent|cni)\.sock(\.new)?|agent\.lock)$/,
  keeperRun: /^(keeper\.sock(\.new)?|keeper\.lock)$/,
} as const
