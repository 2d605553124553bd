// Options that programs of Kubernetes were started with, as far as the cluster tells.

/** The value of `--name VALUE` or `--name=VALUE`. */
export function optionOf(words: readonly string[], name: string): string | undefined {
  const index = words.findIndex((word) => word === name || word.startsWith(`${name}=`))
  const word = words[index]
  if (word === undefined) return undefined
  return word === name ? words[index + 1] : word.slice(name.length + 1)
}
