/** Where something stands in a file. */
export type Place = {
  /** As the user named it: the folder given and the path inside it. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number
}

export type Placed<Value> = { readonly value: Value; readonly place: Place }

/** `S1.conf:12:14` */
export const formatPlace = ({ file, line, column }: Place): string => `${file}:${line}:${column}`

export const comparePlaces = (a: Place, b: Place): number =>
  (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column
