/** TCP and UDP, of pods and, for the host port, of nodes. */
export const PROBE_PORT = 29219
