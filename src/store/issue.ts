/** Something wrong with a store's files, at the place where a person would change it. */
export type Issue = {
  /** As the user named it: the path given, or the folder given and the path inside it. */
  readonly file: string
  /** From 1; 1 where the file as a whole is meant. */
  readonly line: number
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number
  readonly message: string
  /** A warning does not keep a World from being read. */
  readonly severity: 'error' | 'warning'
}

export const formatIssue = ({ file, line, column, message, severity }: Issue): string =>
  `${file}:${line}:${column}: ${severity === 'warning' ? 'warning: ' : ''}${message}`

export const fileIssue = (file: string, message: string): Issue => ({
  file,
  line: 1,
  column: 1,
  message,
  severity: 'error',
})
