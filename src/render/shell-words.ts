// Quoting for a POSIX shell. `$NIC` is the one variable that a plan holds: the link that a plan made from files does not know.

/** The link that holds the node's private address, where the plan does not know its name. */
export const NIC = '$NIC'

/** As one word of a shell command, in which `$NIC` still stands for what the shell knows. */
export function quoteWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text
  if (text.includes(NIC)) return `"${escapeButNic(text)}"`
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** A here-document of the text, with `$NIC` put in by the shell where the text names it. */
export function hereDocument(text: string, end: string): string {
  return text.includes(NIC) ? `<<${end}\n${escapeButNic(text)}\n${end}` : `<<'${end}'\n${text}\n${end}`
}

const escapeButNic = (text: string): string =>
  text
    .split(NIC)
    .map((part) => part.replace(/[\\"`$]/g, (sign) => (sign === '"' ? sign : `\\${sign}`)))
    .join(NIC)
