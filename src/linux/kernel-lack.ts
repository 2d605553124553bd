// What a kernel has not got, and where it comes from: the second half of a sentence.

/** `instead`: what does without it: `take fabric wireguard`. */
export function missingModule(what: string, module: string, instead?: string): string {
  const found = `this kernel has no ${what}; load the module ${module} (modprobe ${module})`
  const fetched = 'install the kernel package that has it'
  return instead === undefined ? `${found}, or ${fetched}` : `${found}, ${fetched}, or ${instead}`
}

export const NO_IPV6 = 'this kernel has IPv6 switched off; boot it without ipv6.disable=1'
